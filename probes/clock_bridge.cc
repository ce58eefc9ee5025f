#include "probes/clock_bridge.h"

#include <algorithm>
#include <ctime>

namespace blipd {
namespace {

constexpr Duration kStep = std::chrono::milliseconds(1);
/// A process that is stopped finds its answers in the queue when it goes on, however long that takes.
constexpr Duration kOldest = std::chrono::hours(24);
/// A reading wider than this was interrupted between the clocks and is worth another try.
constexpr Duration kTightReading = std::chrono::microseconds(2);

ClockBridge::Reading read_once() {
  ClockBridge::Reading reading;
  timespec wall{};
  reading.before = BootClock::now();
  ::clock_gettime(CLOCK_REALTIME, &wall);
  reading.after = BootClock::now();
  reading.wall = std::chrono::seconds(wall.tv_sec) + std::chrono::nanoseconds(wall.tv_nsec);
  return reading;
}

}  // namespace

ClockBridge::Reading ClockBridge::read() {
  Reading best = read_once();
  for (int tries = 0; tries < 2 && best.after - best.before > kTightReading; ++tries) {
    const Reading again = read_once();
    if (again.after - again.before < best.after - best.before) best = again;
  }
  return best;
}

void ClockBridge::update(const Reading& reading) {
  Offset fresh;
  fresh.width = reading.after - reading.before;
  fresh.wall_minus_boot = reading.wall - (reading.before + fresh.width / 2).time_since_epoch();
  if (!known_) {
    known_ = true;
    offset_ = fresh;
    last_reading_ = reading.after;
    return;
  }
  const Duration moved = std::chrono::abs(fresh.wall_minus_boot - offset_.wall_minus_boot);
  const Duration blur = (fresh.width + offset_.width) / 2;
  if (moved > kStep + blur) {
    ++steps_;
    old_offset_ = offset_;
    offset_ = fresh;
    step_after_ = last_reading_;
    step_before_ = reading.after;
  } else if (moved > blur || fresh.width < offset_.width) {
    // Readings that agree keep the sharpest, so that the noise of reading the clocks is not in the round-trip times.
    offset_ = fresh;
  }
  last_reading_ = reading.after;
}

std::optional<Instant> ClockBridge::convert(WallStamp stamp) const {
  if (!known_) return std::nullopt;
  const auto fits = [this](Instant t, const Offset& offset, Instant earliest, Instant latest) {
    return t >= std::max(earliest, last_reading_ - kOldest) && t <= std::min(latest, last_reading_) + offset.width;
  };
  const Instant with_new(stamp - offset_.wall_minus_boot);
  if (fits(with_new, offset_, step_after_, last_reading_)) return std::min(with_new, last_reading_);
  const Instant with_old(stamp - old_offset_.wall_minus_boot);
  if (steps_ > 0 && fits(with_old, old_offset_, Instant::min(), step_before_)) return std::min(with_old, step_before_);
  return std::nullopt;
}

}  // namespace blipd
