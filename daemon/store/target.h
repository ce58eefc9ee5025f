// What is kept for each target. A million of them must be cheap: one cache line holds two.
#pragma once

#include <cstdint>

#include "probes/address.h"

namespace blipd {

struct TargetState {
  Address address;
  std::uint64_t outcomes = 0;       ///< the last 64 booked outcomes, newest in bit 0, 1 = reply
  std::uint8_t outcomes_known = 0;  ///< how many bits of `outcomes` mean something
  std::uint8_t failure_run = 0;     ///< failures in a row up to the newest outcome; stays at 255
  bool active = false;              ///< false: a place left by a removed host
};
static_assert(sizeof(TargetState) <= 64);

/// A host is silent after this many failures in a row.
inline constexpr std::uint8_t kSilentAfter = 3;

}  // namespace blipd
