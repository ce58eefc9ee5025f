#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "daemon/config/module_hosts.h"
#include "daemon/engine/prepared.h"
#include "daemon/schedule/plan.h"
#include "daemon/store/store.h"
#include "probes/option_reader.h"

namespace blipd {
namespace {

bool same_environment(const ProbeEnvironment& a, const ProbeEnvironment& b) {
  return a.contact == b.contact && a.source4 == b.source4 && a.source6 == b.source6 && a.interface == b.interface;
}

/// The prober of that type for that environment: the open one if there is one, else newly opened.
Result<std::shared_ptr<Prober>> find_or_open(std::vector<OpenedProber>& probers, const Catalog& catalog,
                                             const EnginePorts& ports, const ProberType& type,
                                             const ProbeEnvironment& environment) {
  for (const std::vector<OpenedProber>* known : {&std::as_const(probers), &catalog.probers}) {
    for (const OpenedProber& opened : *known) {
      if (opened.type != &type || !same_environment(opened.environment, environment)) continue;
      if (known == &catalog.probers) probers.push_back(opened);
      return opened.prober;
    }
  }
  Result<std::unique_ptr<Prober>> opened = ports.open(type, environment);
  if (!opened) return Error{std::string(type.name) + ": " + opened.error().message};
  probers.push_back({&type, environment, std::shared_ptr<Prober>(std::move(*opened))});
  return probers.back().prober;
}

Result<PreparedModule> prepare_reference(std::vector<OpenedProber>& probers, const Catalog& catalog,
                                         const EnginePorts& ports, const ProbeEnvironment& environment,
                                         Duration timeout) {
  const ProberType* icmp = find_prober_type("icmp");
  Result<std::shared_ptr<Prober>> prober = find_or_open(probers, catalog, ports, *icmp, environment);
  if (!prober) return prober.error();
  // References are asked with the prober's defaults.
  OptionValue none;
  none.kind = OptionValue::Kind::mapping;
  std::vector<Problem> problems;
  OptionReader reader(none, "references", problems);
  return PreparedModule{"", icmp, *prober, icmp->read_options(reader), timeout};
}

/// The prefixes under the per-prefix limit, sorted and unique.
std::vector<Prefix> limited_prefixes(const std::vector<const NetworkConfig*>& networks) {
  std::vector<Prefix> prefixes;
  for (const NetworkConfig* network : networks) {
    if (network->mine) continue;
    for (const Address& host : network->hosts) {
      const Prefix prefix = limit_prefix(host);
      if (prefixes.empty() || prefixes.back() != prefix) prefixes.push_back(prefix);
    }
  }
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  return prefixes;
}

std::vector<std::uint32_t> prefix_indices(const std::vector<Address>& hosts, const std::vector<Prefix>& prefixes) {
  std::vector<std::uint32_t> indices;
  indices.reserve(hosts.size());
  auto at = prefixes.begin();
  for (const Address& host : hosts) {
    const Prefix prefix = limit_prefix(host);
    if (indices.empty() || *at != prefix) at = std::lower_bound(at, prefixes.end(), prefix);
    indices.push_back(static_cast<std::uint32_t>(at - prefixes.begin()));
  }
  return indices;
}

std::vector<std::uint32_t> origins(const std::vector<Prefix>& before, const std::vector<Prefix>& after) {
  std::vector<std::uint32_t> origin;
  origin.reserve(after.size());
  auto at = before.begin();
  for (const Prefix& prefix : after) {
    while (at != before.end() && *at < prefix) ++at;
    origin.push_back(at != before.end() && *at == prefix ? static_cast<std::uint32_t>(at - before.begin())
                                                         : Schedule::kNew);
  }
  return origin;
}

/// A network's limit goes with its name, whatever its place in the file.
std::uint32_t network_number(const Catalog& before, Catalog& after, const std::string& name) {
  const auto known = before.networks.find(name);
  const std::uint32_t number = known != before.networks.end() ? known->second : after.next_network;
  const auto [at, added] = after.networks.emplace(name, number);
  if (added && known == before.networks.end()) ++after.next_network;
  return at->second;
}

/// The network's hosts as they stand in the configuration, where the module probes all of them.
BlockHosts hosts_of(const std::shared_ptr<const Config>& config, const PlannedBlock& planned) {
  const NetworkConfig& network = config->networks[planned.network];
  const ModuleConfig& module = config->modules[planned.module];
  if (probes_all_hosts(module)) return {{config, &network.hosts}, nullptr};
  const auto own = std::make_shared<const ModuleHosts>(module_hosts(network, module));
  BlockHosts hosts{{own, &own->addresses}, nullptr};
  if (module.prober->wants_names) hosts.names = {own, &own->names};
  return hosts;
}

PreparedBlock prepare_block(const Catalog& catalog, PreparedConfig& prepared, const PlannedBlock& planned,
                            std::size_t index, Instant now) {
  const NetworkConfig& network = prepared.config->networks[planned.network];
  const std::string& module = prepared.modules[planned.module].name;
  const auto known = catalog.blocks.find({network.name, module});

  PreparedBlock block;
  block.network = index;
  block.module = planned.module;
  block.fresh = known == catalog.blocks.end();
  block.hosts = hosts_of(prepared.config, planned);
  CatalogBlock entry;
  if (block.fresh) {
    entry.id = prepared.catalog.next_block++;
    entry.places = assign_places({}, block.hosts, now);
    block.targets = targets_of({}, entry.places);
    block.retarget = true;
  } else if (known->second.places.hosts == block.hosts) {
    entry = known->second;
    entry.places.hosts = block.hosts;
  } else {
    entry.id = known->second.id;
    entry.places = assign_places(known->second.places, block.hosts, now);
    block.targets = targets_of(known->second.places, entry.places);
    block.retarget = true;
  }
  block.places = entry.places.of_host;
  block.schedule.block = entry.id;
  block.schedule.network = network_number(catalog, prepared.catalog, network.name);
  block.schedule.mine = network.mine;
  block.schedule.targets = static_cast<std::uint32_t>(block.hosts.size());
  block.schedule.round = planned.round;
  if (!network.mine) block.schedule.prefixes = prefix_indices(*block.hosts.addresses, prepared.catalog.prefixes);
  prepared.catalog.blocks.emplace(std::pair(network.name, module), std::move(entry));
  return block;
}

std::optional<Error> add_timeouts(const Config& config, std::set<Duration>& timeouts) {
  for (const ModuleConfig& module : config.modules) timeouts.insert(module.timeout);
  if (!config.vantage.references.hosts.empty()) timeouts.insert(config.vantage.references.timeout);
  if (timeouts.size() <= Store::kMostLanes) return std::nullopt;
  return Error{std::to_string(timeouts.size()) + " different timeouts since the start are above " +
               std::to_string(Store::kMostLanes) + ": a restart forgets the old ones"};
}

}  // namespace

void PreparedConfigDeleter::operator()(PreparedConfig* prepared) const { delete prepared; }

Result<PreparedConfigPtr> prepare_config(const Catalog& catalog, const EnginePorts& ports,
                                         std::shared_ptr<const Config> config, const EngineShare& share,
                                         Preparation preparation, Instant now) {
  PreparedConfigPtr prepared(new PreparedConfig);
  prepared->config = std::move(config);
  const Config& c = *prepared->config;
  const ProbeEnvironment environment{c.vantage.contact, c.vantage.source4, c.vantage.source6, c.vantage.interface};
  prepared->catalog.next_block = catalog.next_block;
  prepared->catalog.next_network = catalog.next_network;
  prepared->catalog.timeouts = catalog.timeouts;
  if (std::optional<Error> error = add_timeouts(c, prepared->catalog.timeouts)) return std::move(*error);
  prepared->catalog.config = prepared->config;
  for (const std::size_t i : share.networks) {
    prepared->catalog.order.emplace(c.networks[i].name, prepared->networks.size());
    prepared->networks.push_back(&c.networks[i]);
  }
  prepared->packets_per_second = share.packets_per_second;
  prepared->catalog.prefixes = limited_prefixes(prepared->networks);
  prepared->prefix_origin = origins(catalog.prefixes, prepared->catalog.prefixes);

  for (std::size_t i = 0; i < c.modules.size(); ++i) {
    const ModuleConfig& module = c.modules[i];
    prepared->modules.push_back({module.name, module.prober, nullptr, module.options, module.timeout});
    const auto& blocks = share.plan.blocks;
    const bool asked = std::any_of(blocks.begin(), blocks.end(), [i](const PlannedBlock& b) { return b.module == i; });
    if (preparation != Preparation::whole && !asked) continue;
    Result<std::shared_ptr<Prober>> prober =
        find_or_open(prepared->catalog.probers, catalog, ports, *module.prober, environment);
    if (!prober) return prober.error();
    prepared->modules.back().prober = std::move(*prober);
  }
  if (preparation != Preparation::following && !c.vantage.references.hosts.empty()) {
    Result<PreparedModule> reference =
        prepare_reference(prepared->catalog.probers, catalog, ports, environment, c.vantage.references.timeout);
    if (!reference) return reference.error();
    prepared->reference = std::move(*reference);
  }

  prepared->probes_per_second = share.plan.probes_per_second;
  std::size_t index = 0;
  for (const PlannedBlock& planned : share.plan.blocks) {
    while (share.networks[index] != planned.network) ++index;
    prepared->blocks.push_back(prepare_block(catalog, *prepared, planned, index, now));
    prepared->targets += planned.hosts;
  }
  for (const auto& [names, block] : catalog.blocks) {
    if (!prepared->catalog.blocks.contains(names)) prepared->gone.push_back(block.id);
  }
  return prepared;
}

}  // namespace blipd
