// Which engine has which networks, where several share the work of one daemon. Pure.
//
// A network is never split: its windows, its states and its limits are one. Networks that send to the same /24 (IPv6
// /48) under the per-prefix limit have the same engine, because that limit is one bucket. Beyond that the planned
// probes are spread as evenly as whole networks allow.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/schedule/plan.h"

namespace blipd {

/// What one engine has of a configuration.
struct EngineShare {
  std::vector<std::size_t> networks;  ///< indices in Config::networks, ascending
  Plan plan;                          ///< the whole plan's blocks of these networks, with the whole plan's rounds
  /// Of the daemon-wide limit as much as it has of the plan, so that the sum is the limit.
  double packets_per_second = 0;
};

/// All of it, for an engine that is alone.
EngineShare whole_share(const Config& config);

/// The engine of each network, by name.
using Seating = std::map<std::string, std::size_t>;

struct Shares {
  std::vector<EngineShare> engines;
  Seating seating;
};

/// Spreads the networks over `engines`. Those that were there `before` keep their engine, unless they have come to send
/// to the same limited prefix as one that has another: of these the engine with the most planned probes has all, and
/// the others' start anew there. The same configuration and `before` give the same shares.
Shares share_out(const Config& config, std::size_t engines, const Seating& before);

}  // namespace blipd
