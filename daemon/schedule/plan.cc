#include "daemon/schedule/plan.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "daemon/config/module_hosts.h"

namespace blipd {
namespace {

constexpr unsigned kLimitLength4 = 24;
constexpr unsigned kLimitLength6 = 48;
constexpr double kSecondsPerHour = 3600;
/// Keeps a round within what Duration holds (292 years), whatever the limits ask for.
constexpr double kLongestRoundSeconds = 100.0 * 365 * 86400;

/// The limit_prefix of an address as one number; IPv4 and IPv6 never meet, because bit 63 tells them apart.
std::uint64_t prefix_key(const Address& address) {
  const auto& bytes = address.bytes();
  if (address.is_v4()) return std::uint64_t{1} << 63U | address.v4_value() >> (32 - kLimitLength4);
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < kLimitLength6 / 8; ++i) key = key << 8U | bytes[i];
  return key;
}

/// What one network sends to one limit prefix, unstretched.
struct PrefixShare {
  std::uint64_t prefix = 0;
  std::size_t network = 0;
  double probes_per_second = 0;
};

/// A network before and while its rounds are stretched.
struct NetworkDemand {
  double probes_per_second = 0;  ///< over all modules, unstretched
  double busiest_prefix = 0;     ///< probes/s to the prefix that gets most, unstretched
  double factor = 1;
  Stretch cause = Stretch::none;

  void stretch(double by, Stretch why) {
    if (by <= factor) return;
    factor = by;
    cause = why;
  }
};

/// Modules of one network that probe the same hosts.
struct SameHosts {
  std::vector<Address> own;  ///< if they are not all hosts of the network
  const std::vector<Address>* all = nullptr;
  double per_host = 0;  ///< probes/s of one host over these modules
  const std::vector<Address>& hosts() const { return all != nullptr ? *all : own; }
};

/// Sorted hosts lie together by prefix, so one pass finds the shares.
void add_shares(const SameHosts& same, std::size_t network, std::vector<PrefixShare>& shares) {
  const std::size_t first = shares.size();
  for (const Address& host : same.hosts()) {
    const std::uint64_t key = prefix_key(host);
    if (shares.size() == first || shares.back().prefix != key) shares.push_back({key, network, 0});
    shares.back().probes_per_second += same.per_host;
  }
}

/// The entry of `probed` that this module belongs to, made if needed.
SameHosts& hosts_for(std::vector<SameHosts>& probed, const NetworkConfig& network, const ModuleConfig& module) {
  if (!probes_all_hosts(module)) {
    probed.push_back({module_hosts(network, module).addresses, nullptr, 0});
    return probed.back();
  }
  for (SameHosts& same : probed) {
    if (same.all != nullptr) return same;
  }
  probed.push_back({{}, &network.hosts, 0});
  return probed.back();
}

bool by_prefix(const PrefixShare& a, const PrefixShare& b) { return a.prefix < b.prefix; }

/// The shares of one network, one for each prefix.
std::vector<PrefixShare> merged_shares(std::vector<PrefixShare> shares) {
  std::sort(shares.begin(), shares.end(), by_prefix);
  std::vector<PrefixShare> merged;
  for (const PrefixShare& share : shares) {
    if (merged.empty() || merged.back().prefix != share.prefix) {
      merged.push_back(share);
    } else {
      merged.back().probes_per_second += share.probes_per_second;
    }
  }
  return merged;
}

/// Every network that touches a prefix slows down until what all of them send there fits.
void stretch_by_prefix(std::vector<PrefixShare>& shares, double cap, std::vector<NetworkDemand>& networks) {
  std::sort(shares.begin(), shares.end(), by_prefix);
  for (auto group = shares.begin(); group != shares.end();) {
    const auto end =
        std::find_if(group, shares.end(), [group](const PrefixShare& share) { return share.prefix != group->prefix; });
    double demand = 0;
    for (auto share = group; share != end; ++share) {
      demand += share->probes_per_second;
    }
    for (auto share = group; share != end; ++share) {
      networks[share->network].stretch(demand / (kBackgroundShare * cap), Stretch::prefix);
    }
    group = end;
  }
}

Duration stretched(Duration interval, double factor) {
  if (factor <= 1) return interval;
  const double seconds = std::min(to_seconds(interval) * factor, kLongestRoundSeconds);
  return std::max(interval, Duration(static_cast<std::int64_t>(std::ceil(seconds * 1e9))));
}

}  // namespace

std::string_view to_string(Stretch s) {
  switch (s) {
    case Stretch::none:
      return "none";
    case Stretch::daemon:
      return "daemon";
    case Stretch::prefix:
      return "prefix";
    case Stretch::network:
      return "network";
  }
  return "none";
}

Prefix limit_prefix(const Address& address) {
  return Prefix::around(address, address.is_v4() ? kLimitLength4 : kLimitLength6);
}

Plan make_plan(const Config& config) {
  Plan plan;
  std::vector<NetworkDemand> networks(config.networks.size());
  std::vector<PrefixShare> foreign_shares;
  for (std::size_t i = 0; i < config.networks.size(); ++i) {
    const NetworkConfig& network = config.networks[i];
    NetworkDemand& demand = networks[i];
    std::vector<SameHosts> probed;
    for (const std::string& name : network.modules) {
      const ModuleConfig* module = config.find_module(name);
      if (module == nullptr) continue;
      SameHosts& same = hosts_for(probed, network, *module);
      same.per_host += 1 / to_seconds(module->interval);
      const std::size_t hosts = same.hosts().size();
      demand.probes_per_second += static_cast<double>(hosts) / to_seconds(module->interval);
      plan.blocks.push_back(
          {.network = i, .module = static_cast<std::size_t>(module - config.modules.data()), .hosts = hosts});
    }
    plan.hosts += network.hosts.size();
    std::vector<PrefixShare> shares;
    for (const SameHosts& same : probed) add_shares(same, i, shares);
    shares = merged_shares(std::move(shares));
    for (const PrefixShare& share : shares) {
      demand.busiest_prefix = std::max(demand.busiest_prefix, share.probes_per_second);
    }
    if (network.mine) continue;
    if (config.limits.per_network_per_hour > 0) {
      const double per_hour = demand.probes_per_second * kSecondsPerHour;
      demand.stretch(per_hour / (kBackgroundShare * config.limits.per_network_per_hour), Stretch::network);
    }
    foreign_shares.insert(foreign_shares.end(), shares.begin(), shares.end());
  }
  stretch_by_prefix(foreign_shares, config.limits.per_prefix_per_second, networks);

  double total = 0;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    total += networks[i].probes_per_second / networks[i].factor;
  }
  const double daemon_factor = std::max(1.0, total / (kBackgroundShare * config.limits.packets_per_second));

  for (PlannedBlock& block : plan.blocks) {
    const NetworkDemand& network = networks[block.network];
    block.round = stretched(config.modules[block.module].interval, network.factor * daemon_factor);
    block.probes_per_second = static_cast<double>(block.hosts) / to_seconds(block.round);
    block.busiest_prefix_per_second = network.busiest_prefix / (network.factor * daemon_factor);
    block.stretched_by = daemon_factor > network.factor ? Stretch::daemon : network.cause;
    plan.probes_per_second += block.probes_per_second;
  }
  return plan;
}

}  // namespace blipd
