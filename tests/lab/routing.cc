#include "tests/lab/routing.h"

namespace blipd::lab {

Routing routing_of(const Scenario& scenario) {
  Routing routing{scenario.address, scenario.address6, {}, false};
  for (const NetworkScenario& network : scenario.networks) {
    for (const IpPrefix& prefix : network.prefixes) {
      routing.needs6 = routing.needs6 || prefix.first.v6;
      if (!scenario.default_routes) routing.routes.push_back(prefix);
    }
  }
  if (scenario.default_routes) {
    routing.routes.resize(2);
    routing.routes.back().first.v6 = true;
  }
  return routing;
}

}  // namespace blipd::lab
