// What a network's success ratio really was, to hold the one that was told against: a copy of the world is asked much
// more often than any prober may.
#pragma once

#include <cstddef>

#include "daemon/simulate/world.h"
#include "probes/clock.h"

namespace blipd {

class RatioTruth {
 public:
  /// Each host is asked this often in a span; with 16 hosts the result is good to about half of one in a hundred.
  static constexpr std::size_t kAsked = 400;

  /// A world of its own, the same as `world`.
  explicit RatioTruth(const World& world) : world_(world.scenario(), world.seed(), world.vantage()) {}

  /// Of echo requests to all hosts that the network has at the start, answered within `timeout`. Spans of one network
  /// do not go back.
  double ratio(std::size_t network, Duration from, Duration to, Duration timeout);

 private:
  World world_;
  std::uint64_t nonce_ = 0;
};

}  // namespace blipd
