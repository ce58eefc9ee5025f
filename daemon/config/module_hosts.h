// Which hosts a module probes, and where host names come in.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "daemon/config/config.h"

namespace blipd {

/// The addresses that each name stands for.
using NameAddresses = std::map<std::string, std::vector<Address>, std::less<>>;

/// Every host name of the configuration, sorted, unique.
std::vector<std::string> names_of(const Config& config);

/// `loaded` with the hosts that its names stand for. What is excluded, or no host's address (multicast), is left out.
Config with_addresses(const Config& loaded, const NameAddresses& addresses);

/// The names of a network that stand for no host at present.
std::vector<std::string> unresolved_names(const NetworkConfig& network);

/// The targets of one network under one module.
struct ModuleHosts {
  /// Sorted. For probers that want names an address is there once for each of its names.
  std::vector<Address> addresses;
  /// How each is asked for, parallel to `addresses`: its name, or the address as text. Sorted within equal addresses.
  /// Empty for probers that do not want names.
  std::vector<std::string> names;
};

/// Whether the module's targets are just NetworkConfig::hosts.
bool probes_all_hosts(const ModuleConfig& module);
ModuleHosts module_hosts(const NetworkConfig& network, const ModuleConfig& module);

}  // namespace blipd
