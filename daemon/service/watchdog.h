// Whether the probing thread makes progress, and when the service manager is told so.
#pragma once

#include "probes/clock.h"

namespace blipd {

/// What the probing thread says of itself.
struct Heartbeat {
  Instant stepped{};   ///< end of the last step
  Instant promised{};  ///< when it said then that it would step again, at the latest
  Duration late{};     ///< how long after its promise the last step began
};

/// Real progress only: a thread that hangs inside a step, or always comes later than it promised, is not alive, however
/// well the rest of the process is. An idle thread that promised to wake in a minute is alive for that minute. Pure:
/// called by the control thread about once a second.
class Watchdog {
 public:
  /// Without a service manager's watchdog stalls are judged by this.
  static constexpr Duration kStallLimit = std::chrono::seconds(10);

  /// `timeout`: after so long without a ping the service manager ends the process; zero: nobody asks for pings.
  explicit Watchdog(Duration timeout) : timeout_(timeout) {}

  /// Whether the probing thread is later than a third of the timeout, but at most kStallLimit.
  bool is_stalled(const Heartbeat& heartbeat, Instant now) const;
  /// Whether to ping now: at half of the timeout, and never while stalled. True counts as sent.
  bool ping(const Heartbeat& heartbeat, Instant now);

 private:
  Duration timeout_;
  Instant last_ping_{};
};

}  // namespace blipd
