// Events and moments for the tests of the log.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/events/event_log.h"

namespace blipd {

using namespace std::chrono_literals;

/// 2026-03-01T12:00:00Z, when the run of the tests starts, an hour after the machine.
inline WallTime started() { return WallTime(std::chrono::seconds(1772366400)); }
inline constexpr Instant kStarted{1h};
/// `stepped`: by how much the wall clock has been set forward since the start.
inline WallAnchor anchor(Duration stepped = {}) { return {kStarted, started() + stepped}; }

inline Event outage(std::uint64_t id, const std::string& network, Duration at) {
  Event event;
  event.id = id;
  event.network = network;
  event.start = kStarted + at;
  event.detected_at = event.start + 9s;
  return event;
}

inline Event ended(Event event, Duration at) {
  event.end = kStarted + at;
  return event;
}

inline std::vector<std::uint64_t> ids(const std::vector<LoggedEventPtr>& events) {
  std::vector<std::uint64_t> found;
  for (const LoggedEventPtr& event : events) found.push_back(event->facts.id);
  return found;
}

}  // namespace blipd
