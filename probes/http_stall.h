// Whether our own thread stood still. A timeout that came while nobody looked proves nothing about the server.
#pragma once

#include <algorithm>
#include <chrono>

#include "probes/clock.h"

namespace blipd {

/// Is told of every beat: at least one each `kBeat` while exchanges run. Pure.
class HttpStall {
 public:
  static constexpr Duration kBeat = std::chrono::milliseconds(100);
  /// Later than this, the thread stood still. What is shorter hides in the timeouts, which are long.
  static constexpr Duration kTolerated = std::chrono::milliseconds(400);

  /// After a time without exchanges.
  void start(Instant now) { last_ = now; }
  void beat(Instant now) {
    if (now - last_ > kBeat + kTolerated) {
      from_ = last_;
      // What waits after a standstill takes as long again, at most.
      until_ = now + (now - last_);
    }
    last_ = std::max(last_, now);
  }
  /// Whether a deadline fell into the last standstill or the time to make up for it.
  bool covers(Instant deadline) const { return deadline >= from_ && deadline <= until_; }

 private:
  Instant last_{};
  Instant from_ = Instant::max();
  Instant until_ = Instant::min();
};

}  // namespace blipd
