#include "daemon/service/watchdog.h"

#include <algorithm>

namespace blipd {

bool Watchdog::is_stalled(const Heartbeat& heartbeat, Instant now) const {
  const Duration limit = timeout_ > Duration::zero() ? std::min<Duration>(timeout_ / 3, kStallLimit) : kStallLimit;
  return now - heartbeat.promised > limit || heartbeat.late > limit;
}

bool Watchdog::ping(const Heartbeat& heartbeat, Instant now) {
  if (timeout_ <= Duration::zero() || now - last_ping_ < timeout_ / 2) return false;
  if (is_stalled(heartbeat, now)) return false;
  last_ping_ = now;
  return true;
}

}  // namespace blipd
