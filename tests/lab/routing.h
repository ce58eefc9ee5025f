// What is routed to the lab, and from which addresses the command sends.
#pragma once

#include <vector>

#include "tests/lab/ip.h"
#include "tests/lab/scenario.h"

namespace blipd::lab {

struct Routing {
  Ip address;   ///< the vantage's IPv4 address
  Ip address6;  ///< its IPv6 address
  std::vector<IpPrefix> routes;
  /// Whether the lab is of no use without IPv6, which a machine may not have.
  bool needs6 = false;
};

/// As the scenario says.
Routing routing_of(const Scenario& scenario);

}  // namespace blipd::lab
