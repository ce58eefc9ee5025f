// A scenario's world, as the baselines ask it.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/simulate/world.h"
#include "tests/bench/detection/asked.h"

namespace blipd::bench {

/// Each baseline has a world of its own, made from the same scenario and seed: the same network, without the traces
/// that another one's probes leave in its rate limiters.
class AskedWorld final : public Asked {
 public:
  AskedWorld(const Scenario& scenario, std::uint64_t seed);
  EchoResult ask(std::size_t network, std::size_t host, Duration at) override;
  const std::vector<AskedNetwork>& networks() const { return networks_; }

 private:
  World world_;
  std::vector<AskedNetwork> networks_;
};

}  // namespace blipd::bench
