// What is kept for each target. A million of them must be cheap: a cache line holds one.
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
  // Of detection (daemon/detect/host_memory.h), which alone reads and writes what follows.
  std::uint8_t hop_limit = 0;      ///< of its last answer; 0: not known
  std::uint8_t suspect_run = 0;    ///< suspects in a row that no answer has taken back; stays at 255
  std::uint8_t calm_outcomes = 0;  ///< of `outcomes`, those of the calm time `calm`; stays at 64
  std::uint16_t learned = 0;       ///< outcomes that `own_loss` rests on; stays at its maximum
  std::uint16_t episode = 0;       ///< in which it failed last
  std::uint16_t calm = 0;          ///< the calm time of its network in which an outcome was booked last
  float own_loss = 0;              ///< share of probes that it loses by itself, not together with its neighbours
  std::uint32_t rtt_us = 0;        ///< smoothed round-trip time; 0: not known
  std::uint32_t rtt_variation_us = 0;
  std::uint32_t usual_rtt_us = 0;  ///< over about a day, while all is well; 0: not known
};
static_assert(sizeof(TargetState) <= 64);

/// A host is silent after this many failures in a row.
inline constexpr std::uint8_t kSilentAfter = 3;

}  // namespace blipd
