// A token bucket in front of a host: what finds no token is not answered. Other traffic may take tokens from it too.
// The one part of a simulated network that depends on who asks; its arithmetic is exact, in whole nanoseconds.
#pragma once

#include <algorithm>

#include "daemon/simulate/loss_process.h"
#include "daemon/simulate/random.h"
#include "daemon/simulate/scenario.h"
#include "probes/clock.h"

namespace blipd {

class EchoLimit {
 public:
  /// Full at `start`.
  EchoLimit(const RateLimitSpec& spec, std::uint64_t seed, Duration start)
      : every_(spec.every),
        full_(spec.every * spec.burst),
        credit_(full_),
        last_(start),
        random_(seed),
        mean_gap_(spec.others > 0 ? 1e9 / spec.others : 0),
        other_(Duration::max()) {
    if (mean_gap_ > 0) other_ = start + gap();
  }

  /// Takes a token for a packet of ours, if there is one. `at` never goes back.
  bool take(Duration at) {
    while (other_ <= at) {
      spend(other_);
      other_ += gap();
    }
    return spend(at);
  }

 private:
  bool spend(Duration at) {
    if (at > last_) {
      credit_ = std::min(full_, credit_ + std::min(at - last_, full_));
      last_ = at;
    }
    if (credit_ < every_) return false;
    credit_ -= every_;
    return true;
  }
  Duration gap() {
    return Duration(1 + static_cast<Duration::rep>(
                            std::min(random_.exponential(mean_gap_), static_cast<double>(kLongestStay.count()))));
  }

  Duration every_;
  Duration full_;
  Duration credit_;  ///< the time in which it grew, less what was spent
  Duration last_;
  Random random_;
  double mean_gap_;
  Duration other_;  ///< when the next packet of the other traffic comes
};

}  // namespace blipd
