// Whom an address belongs to, and whether it is dark.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/lab/scenario.h"

namespace blipd::lab {

/// One address of a network.
struct Host {
  std::size_t network = 0;
  const Behaviour* behaviour = nullptr;  ///< of the scenario that the Hosts were made of
  bool silent = false;                   ///< one of the network's `silent_hosts`
};

class Hosts {
 public:
  explicit Hosts(Scenario scenario);

  std::optional<Host> find(const Ip& address) const;
  bool dark(const Host& host, Elapsed now) const;
  const Scenario& scenario() const { return scenario_; }

 private:
  struct Range {
    IpPrefix prefix;
    std::size_t network = 0;
    std::uint64_t first_index = 0;  ///< number of the prefix's first host in its network
  };

  Scenario scenario_;
  std::vector<Range> ranges_;  ///< in the order of their first addresses
};

}  // namespace blipd::lab
