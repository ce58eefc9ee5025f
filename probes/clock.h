// The one clock of the probing path.
//
// Due times, send times, receive times and windows are all instants of CLOCK_BOOTTIME: it never steps, and it goes on
// while the machine sleeps, so that a suspended minute is a minute of missed probes and not a hole in time. The wall
// clock is read for showing times to people and for converting kernel stamps (probes/clock_bridge.h), nowhere else.
#pragma once

#include <chrono>
#include <cstdint>

namespace blipd {

using Duration = std::chrono::nanoseconds;

/// CLOCK_BOOTTIME as a std::chrono clock.
struct BootClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
  static time_point now() noexcept;
};

using Instant = BootClock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// Whole seconds of an instant, the unit of the vantage's verdicts and of window buckets.
constexpr std::int64_t second_of(Instant t) {
  return std::chrono::floor<std::chrono::seconds>(t.time_since_epoch()).count();
}
constexpr double to_seconds(Duration d) { return std::chrono::duration<double>(d).count(); }

}  // namespace blipd
