// Kernel packet stamps, which are readings of the wall clock, become instants of our clock.
//
// The two clocks run at the same rate (both are slewed together) and differ by an offset that changes only when
// somebody sets the wall clock. The bridge is shown both clocks once per batch of packets and keeps the offset. When it
// moves by more than a millisecond the wall clock was set somewhere between this reading and the one before, and stamps
// of both kinds may still lie in the socket's queue: those taken before the step are converted with the old offset,
// those taken after it with the new one. A stamp that makes sense with neither is refused, and the caller times the
// packet itself.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "probes/clock.h"

namespace blipd {

/// A CLOCK_REALTIME stamp: time since 1970 as the kernel counts it.
using WallStamp = std::chrono::nanoseconds;

/// Not thread-safe. Everything but `read` is pure.
class ClockBridge {
 public:
  /// Both clocks, read at one moment between `before` and `after`.
  struct Reading {
    Instant before{};
    WallStamp wall{};
    Instant after{};
  };
  static Reading read();

  /// Shows the clocks to the bridge. Readings come in the order they were taken; take one after the packets whose
  /// stamps will be converted were read.
  void update(const Reading& reading);

  /// The instant of `stamp`, never later than the last reading. None before the first reading, and if the result would
  /// be later than the last reading or more than a day before it.
  std::optional<Instant> convert(WallStamp stamp) const;

  /// How often the wall clock was seen to step.
  std::uint64_t steps() const { return steps_; }

 private:
  struct Offset {
    Duration wall_minus_boot{};
    Duration width{};  ///< the offset is known to half of this
  };
  bool known_ = false;
  Offset offset_;
  Offset old_offset_;
  Instant last_reading_{};
  Instant step_after_ = Instant::min();   ///< the last step lies behind this reading
  Instant step_before_ = Instant::min();  ///< and before this one
  std::uint64_t steps_ = 0;
};

}  // namespace blipd
