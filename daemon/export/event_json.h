// An event as JSON, as the API and `blipd simulate --json` give it; docs/api.md describes the fields.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/events/logged_event.h"

namespace blipd {

/// One object on one line, without a line end. Times are RFC 3339 in UTC.
std::string render_event_json(const LoggedEvent& event);
/// An event as the engine tells it, under the engine's id.
std::string render_event_json(const Event& event, std::string_view vantage, const WallAnchor& anchor);
/// The body of /api/v1/events.
std::string render_events_json(const std::vector<LoggedEventPtr>& events);

}  // namespace blipd
