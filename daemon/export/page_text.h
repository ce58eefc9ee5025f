// How the page and the API write times, ratios and round-trip times for people.
#pragma once

#include <string>
#include <string_view>

#include "daemon/store/snapshot.h"

namespace blipd {

/// `text` with & < > " ' as entities and bad UTF-8 replaced: safe in HTML text and in quoted attributes.
std::string escape_html(std::string_view text);
/// RFC 3339 in UTC with milliseconds: "2026-03-01T12:00:00.000Z".
std::string format_rfc3339(WallTime t);
/// "2026-03-01 12:00:00 UTC".
std::string format_utc(WallTime t);
/// The two largest units: "3 d 4 h", "5 min 2 s", "0 s". Negative reads as 0.
std::string format_span(Duration d);
/// "98.7 % (97.1-99.4, n=120)", or "no probes". 100.0 % and 0.0 % only where it is all or none.
std::string format_ratio(const WindowRatio& window);
/// "0.45 ms", "12.3 ms", "1.20 s".
std::string format_rtt(double seconds);

}  // namespace blipd
