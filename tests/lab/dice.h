// The lab's random numbers. They depend on nothing but the seed and the order of the questions.
#pragma once

#include <cstdint>
#include <random>

#include "tests/lab/scenario.h"

namespace blipd::lab {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed) {}

  /// Draws nothing if `probability` is 0.
  bool happens(double probability) { return probability > 0 && share() < probability; }
  /// The host's delay with its jitter; draws nothing without jitter.
  Elapsed delay_of(const Behaviour& behaviour) {
    if (behaviour.jitter <= Elapsed::zero()) return behaviour.delay;
    return behaviour.delay +
           Elapsed(static_cast<std::int64_t>(share() * static_cast<double>(behaviour.jitter.count())));
  }
  std::uint32_t number() { return static_cast<std::uint32_t>(random_()); }

 private:
  // In [0, 1), of 53 random bits: a std distribution's sequence differs between standard libraries.
  double share() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

  std::mt19937_64 random_;
};

}  // namespace blipd::lab
