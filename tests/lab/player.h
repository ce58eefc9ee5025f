// The lab's loop: packets from the device to the networks, answers back when they are due, signals to the child.
#pragma once

#include <string>

#include "probes/result.h"
#include "tests/lab/child.h"
#include "tests/lab/network.h"
#include "tests/lab/tun.h"

namespace blipd::lab {

struct Play {
  Tun& tun;
  LabNetworks& networks;
  Child* child = nullptr;  ///< null: until SIGINT or SIGTERM
  std::uint64_t seed = 0;
  std::string truth_path;  ///< empty: none is written
};

/// Plays from now (time zero) to the end of the child. `signals` as open_signals() made it. Returns the exit status of
/// the lab.
Result<int> play(const Play& play, const Descriptor& signals);

}  // namespace blipd::lab
