#include "daemon/config/module_hosts.h"

#include <algorithm>
#include <set>
#include <utility>

namespace blipd {
namespace {

bool is_of(AddressFamily family, const Address& address) {
  return family == AddressFamily::any || address.is_v4() == (family == AddressFamily::ipv4);
}

bool wants_names(const ModuleConfig& module) { return module.prober != nullptr && module.prober->wants_names; }

void resolve(NetworkConfig& network, const NameAddresses& addresses) {
  for (const std::string& name : network.names) {
    const auto found = addresses.find(name);
    if (found == addresses.end()) continue;
    for (const Address& address : found->second) {
      const bool excluded = network.excluded && contains(*network.excluded, address);
      if (!excluded && find_unprobeable({address}).empty()) network.named.push_back({address, name});
    }
  }
  std::sort(network.named.begin(), network.named.end());
  for (const NamedHost& host : network.named) network.hosts.push_back(host.address);
  std::sort(network.hosts.begin(), network.hosts.end());
  network.hosts.erase(std::unique(network.hosts.begin(), network.hosts.end()), network.hosts.end());
}

}  // namespace

std::vector<std::string> names_of(const Config& config) {
  std::vector<std::string> names;
  for (const NetworkConfig& network : config.networks) {
    names.insert(names.end(), network.names.begin(), network.names.end());
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Config with_addresses(const Config& loaded, const NameAddresses& addresses) {
  Config config = loaded;
  for (NetworkConfig& network : config.networks) {
    if (!network.names.empty()) resolve(network, addresses);
  }
  return config;
}

std::vector<std::string> unresolved_names(const NetworkConfig& network) {
  std::set<std::string_view> resolved;
  for (const NamedHost& host : network.named) resolved.insert(host.name);
  std::vector<std::string> unresolved;
  for (const std::string& name : network.names) {
    if (!resolved.contains(name)) unresolved.push_back(name);
  }
  return unresolved;
}

bool probes_all_hosts(const ModuleConfig& module) {
  return module.family == AddressFamily::any && !wants_names(module);
}

ModuleHosts module_hosts(const NetworkConfig& network, const ModuleConfig& module) {
  ModuleHosts hosts;
  auto named = network.named.begin();
  for (const Address& address : network.hosts) {
    if (!is_of(module.family, address)) continue;
    if (!wants_names(module)) {
      hosts.addresses.push_back(address);
      continue;
    }
    while (named != network.named.end() && named->address < address) ++named;
    if (named == network.named.end() || named->address != address) {
      hosts.addresses.push_back(address);
      hosts.names.push_back(address.to_string());
    }
    for (; named != network.named.end() && named->address == address; ++named) {
      hosts.addresses.push_back(address);
      hosts.names.push_back(named->name);
    }
  }
  return hosts;
}

}  // namespace blipd
