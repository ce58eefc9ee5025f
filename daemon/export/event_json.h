// An event as JSON, as the API and `blipd simulate --json` give it.
#pragma once

#include <string>
#include <string_view>

#include "daemon/store/event.h"
#include "probes/clock.h"

namespace blipd {

/// What ties instants to the wall clock.
struct WallAnchor {
  Instant instant{};
  WallTime wall{};
  WallTime at(Instant t) const { return wall + std::chrono::duration_cast<WallTime::duration>(t - instant); }
};

/// One object on one line, without a line end. Times are RFC 3339 in UTC; docs/api.md describes the fields.
std::string render_event_json(const Event& event, std::string_view vantage, const WallAnchor& anchor);

}  // namespace blipd
