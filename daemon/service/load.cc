#include "daemon/service/load.h"

#include "daemon/schedule/plan.h"
#include "daemon/service/open_files.h"

namespace blipd {

std::string Load::sentence() const {
  const auto counted = [](std::size_t count, const std::string& what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
  };
  return "probing " + counted(targets, "target") + " in " + counted(networks, "network");
}

Load load_of(const Config& config) {
  const Plan plan = make_plan(config);
  Load load{config.networks.size(), 0, plan.probes_per_second, open_files_needed(config, plan)};
  for (const PlannedBlock& block : plan.blocks) load.targets += block.hosts;
  return load;
}

}  // namespace blipd
