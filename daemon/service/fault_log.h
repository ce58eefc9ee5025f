// Writes down the faults of our own side: one line when one begins and one when it is over, however many packets it
// costs in between. What each line means and what to do about it: docs/operations.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "daemon/service/logging.h"
#include "daemon/store/snapshot.h"
#include "probes/clock_bridge.h"

namespace blipd {

/// A fault is seen by a counter that grows, and is over once it has not grown for a while: ten seconds, of names two
/// and a half minutes, because they are not asked for more often. Control thread.
class FaultLog {
 public:
  explicit FaultLog(Log& log) : log_(log) {}

  /// A snapshot that was not seen before, at most about one a second; how often the web server could accept no
  /// connection; and both clocks now.
  void compare(const Snapshot& snapshot, std::uint64_t accept_failures, const ClockBridge::Reading& clocks);

 private:
  static constexpr std::size_t kKinds = 7;
  struct Fault {
    std::uint64_t seen = 0;    ///< of the counter
    std::uint64_t before = 0;  ///< of the counter, when the fault began
    std::optional<Instant> began;
    Instant grew{};
  };

  void look(std::size_t kind, std::uint64_t counter, int error, Instant now);
  void look_at_clocks(const Snapshot& snapshot, const ClockBridge::Reading& clocks);

  Log& log_;
  std::array<Fault, kKinds> faults_{};
  std::optional<ClockBridge::Reading> clocks_;
  Duration suspended_{};
};

}  // namespace blipd
