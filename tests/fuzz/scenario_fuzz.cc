// A scenario from anywhere: decoded, and where it is small enough played for a moment; never a crash, a hang or a byte
// of message that is not UTF-8.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "daemon/config/text.h"
#include "daemon/simulate/scenario.h"
#include "daemon/simulate/scenario_config.h"
#include "daemon/simulate/world.h"

namespace {

bool is_small(const blipd::Scenario& scenario) {
  constexpr std::size_t kHosts = 4096;
  constexpr std::size_t kIncidents = 256;
  std::size_t hosts = scenario.references ? scenario.references->host_count() : 0;
  std::size_t incidents = 0;
  const auto add = [&incidents](const std::vector<blipd::IncidentSpec>& specs, std::size_t count) {
    for (const blipd::IncidentSpec& spec : specs) {
      // Short periods and fast neighbours are many steps, which is right and slow.
      if (spec.flapping.period < std::chrono::minutes(1) || spec.limit.others > 1) incidents += kIncidents;
      incidents += spec.repeat * count;
    }
  };
  add(scenario.vantage_incidents, 1);
  for (const blipd::NetworkSpec& network : scenario.networks) {
    hosts += network.host_count() * network.count;
    add(network.incidents, network.count);
    for (const blipd::HostGroup& group : network.groups) {
      if (group.limit && group.limit->others > 1) return false;
    }
  }
  return hosts <= kHosts && incidents <= kIncidents && scenario.length <= std::chrono::hours(24);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  blipd::Result<blipd::Scenario> scenario = blipd::parse_scenario(text, "f");
  if (scenario.has_error()) {
    if (scenario.error().message.empty() || blipd::find_invalid_utf8(scenario.error().message)) std::abort();
    return 0;
  }
  if (!is_small(*scenario)) return 0;
  const blipd::Result<blipd::Config> config = blipd::probing_config(*scenario);
  if (config.has_error() && blipd::find_invalid_utf8(config.error().message)) std::abort();
  const blipd::Duration length = scenario->length;
  blipd::World world(std::move(*scenario), 1);
  for (const blipd::TrueIncident& incident : world.truth()) {
    if (incident.start >= incident.end || incident.loss < 0 || incident.loss > 1) std::abort();
  }
  for (std::size_t i = 0; i < world.networks(); ++i) {
    for (int step = 0; step < 8; ++step) {
      const blipd::Fate fate = world.send(world.hosts_of(i).front(), blipd::Protocol::icmp, length / 8 * step, 0);
      if ((fate.kind == blipd::FateKind::lost) != (fate.why != blipd::LossCause::none) &&
          fate.kind != blipd::FateKind::icmp_error) {
        std::abort();
      }
    }
  }
  return 0;
}
