// Whether probes without an answer turn out, one after the other, to be our own kernel's: it has no way there, or could
// not send them. That is known seconds after they became suspects; until then the next ones are taken for the same.
#pragma once

#include <algorithm>
#include <chrono>

#include "probes/clock.h"

namespace blipd {

/// Of one network and module. Probing thread only.
class OwnFaults {
 public:
  void on_suspect(Instant sent) { fade(sent), suspects_ += 1; }
  void on_withdrawn(Instant sent) { fade(sent), withdrawn_ += 1; }
  /// At least two, and a third, of the suspects of the last ten seconds or so were withdrawn: what is not yet may be.
  bool likely() const { return withdrawn_ >= 2 && 3 * withdrawn_ >= suspects_; }

 private:
  void fade(Instant sent) {
    constexpr Duration kMemory = std::chrono::seconds(10);
    // What was counted longer ago than the memory is over counts no more, the rest less and less.
    if (sent <= at_) return;
    const double kept = std::max(0.0, 1 - to_seconds(sent - at_) / to_seconds(kMemory));
    suspects_ *= kept;
    withdrawn_ *= kept;
    at_ = sent;
  }

  Instant at_{};
  double suspects_ = 0;
  double withdrawn_ = 0;
};

}  // namespace blipd
