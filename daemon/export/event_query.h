// The parameters of /api/v1/events. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/events/logged_event.h"
#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

/// The most events of one answer.
inline constexpr std::size_t kMostEvents = 10000;

/// RFC 3339 ("2026-03-01T12:00:00Z", "2026-03-01 12:00:00.25+01:00") or seconds since 1970 ("1772366400",
/// "1772366400.25"), from 1970 to 2200. nullopt for anything else.
std::optional<WallTime> parse_time(std::string_view text);

/// The query that the decoded parameters ask for. The error is a sentence for the client.
Result<EventQuery> parse_event_query(const std::vector<std::pair<std::string, std::string>>& parameters);

}  // namespace blipd
