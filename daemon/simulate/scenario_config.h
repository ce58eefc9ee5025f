// How a scenario is to be probed, as the daemon's own configuration.
#pragma once

#include <string>

#include "daemon/config/config.h"
#include "daemon/simulate/scenario.h"
#include "probes/result.h"

namespace blipd {

/// The mapping `blipd` of the scenario, read as blipd.yaml is. What it leaves out is made from the world: `networks`
/// are all networks with all hosts as addresses, under all modules and with the scenario's `mine`; `vantage.name` and
/// `vantage.references` are the scenario's; without `modules` there is one, `ping`, of prober icmp. Errors carry
/// FILE:LINE:COLUMN of the scenario.
Result<Config> probing_config(const Scenario& scenario);

/// The same as a file that the daemon reads, for probing the world in real packets.
Result<std::string> probing_yaml(const Scenario& scenario);

}  // namespace blipd
