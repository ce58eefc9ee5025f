// An event as it is told outside the daemon, and which of them somebody asks for. Plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "daemon/store/event.h"
#include "probes/clock.h"

namespace blipd {

/// What ties instants to the wall clock: both read at once.
struct WallAnchor {
  Instant instant{};
  WallTime wall{};
  WallTime at(Instant t) const { return wall + std::chrono::duration_cast<WallTime::duration>(t - instant); }
};

struct LoggedEvent {
  std::uint64_t id = 0;  ///< no other event of this vantage has it, over restarts too; below 2^53
  std::string vantage;   ///< its name when the event was first told
  WallTime start{};
  std::optional<WallTime> end;  ///< none while it is open
  WallTime detected_at{};
  Duration unwatched{};  ///< how long within it nobody watched, because blipd did not run
  Event facts;           ///< everything else: its id and its instants are those of one run and mean nothing outside
};

/// Shared between the log and whoever renders it; never changed.
using LoggedEventPtr = std::shared_ptr<const LoggedEvent>;

/// Events that overlap [since, until]. Of more than `limit`, those that started last.
struct EventQuery {
  std::optional<std::string> network;  ///< nullopt: every network, and the vantage
  std::optional<WallTime> since;
  std::optional<WallTime> until;
  std::size_t limit = 1000;

  /// Whether an event is asked for, `limit` aside.
  bool matches(const LoggedEvent& event) const;
};

}  // namespace blipd
