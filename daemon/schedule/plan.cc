#include "daemon/schedule/plan.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

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

/// Hosts of one network in one limit prefix.
struct PrefixShare {
  std::uint64_t prefix = 0;
  std::size_t network = 0;
  std::size_t hosts = 0;
};

/// A network before and while its rounds are stretched.
struct NetworkDemand {
  double per_host = 0;  ///< probes/s of one host over all modules, unstretched
  std::size_t busiest_prefix_hosts = 0;
  double factor = 1;
  Stretch cause = Stretch::none;

  void stretch(double by, Stretch why) {
    if (by <= factor) return;
    factor = by;
    cause = why;
  }
};

/// Sorted hosts lie together by prefix, so one pass finds the shares.
std::vector<PrefixShare> prefix_shares(const NetworkConfig& network, std::size_t index) {
  std::vector<PrefixShare> shares;
  for (const Address& host : network.hosts) {
    const std::uint64_t key = prefix_key(host);
    if (shares.empty() || shares.back().prefix != key) shares.push_back({key, index, 0});
    ++shares.back().hosts;
  }
  return shares;
}

std::size_t most_hosts(const std::vector<PrefixShare>& shares) {
  std::size_t most = 0;
  for (const PrefixShare& share : shares) most = std::max(most, share.hosts);
  return most;
}

/// Every network that touches a prefix slows down until what all of them send there fits.
void stretch_by_prefix(std::vector<PrefixShare>& shares, double cap, std::vector<NetworkDemand>& networks) {
  std::sort(shares.begin(), shares.end(),
            [](const PrefixShare& a, const PrefixShare& b) { return a.prefix < b.prefix; });
  for (auto group = shares.begin(); group != shares.end();) {
    const auto end =
        std::find_if(group, shares.end(), [group](const PrefixShare& share) { return share.prefix != group->prefix; });
    double demand = 0;
    for (auto share = group; share != end; ++share) {
      demand += static_cast<double>(share->hosts) * networks[share->network].per_host;
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
    for (const std::string& name : network.modules) {
      const ModuleConfig* module = config.find_module(name);
      if (module == nullptr) continue;
      plan.blocks.push_back({.network = i,
                             .module = static_cast<std::size_t>(module - config.modules.data()),
                             .hosts = network.hosts.size()});
      networks[i].per_host += 1 / to_seconds(module->interval);
    }
    plan.hosts += network.hosts.size();
    std::vector<PrefixShare> shares = prefix_shares(network, i);
    networks[i].busiest_prefix_hosts = most_hosts(shares);
    if (network.mine) continue;
    if (config.limits.per_network_per_hour > 0) {
      const double per_hour = networks[i].per_host * static_cast<double>(network.hosts.size()) * kSecondsPerHour;
      networks[i].stretch(per_hour / (kBackgroundShare * config.limits.per_network_per_hour), Stretch::network);
    }
    foreign_shares.insert(foreign_shares.end(), shares.begin(), shares.end());
  }
  stretch_by_prefix(foreign_shares, config.limits.per_prefix_per_second, networks);

  double total = 0;
  for (std::size_t i = 0; i < networks.size(); ++i) {
    total += networks[i].per_host / networks[i].factor * static_cast<double>(config.networks[i].hosts.size());
  }
  const double daemon_factor = std::max(1.0, total / (kBackgroundShare * config.limits.packets_per_second));

  for (PlannedBlock& block : plan.blocks) {
    const NetworkDemand& network = networks[block.network];
    block.round = stretched(config.modules[block.module].interval, network.factor * daemon_factor);
    block.probes_per_second = static_cast<double>(block.hosts) / to_seconds(block.round);
    block.busiest_prefix_per_second =
        static_cast<double>(network.busiest_prefix_hosts) * network.per_host / (network.factor * daemon_factor);
    block.stretched_by = daemon_factor > network.factor ? Stretch::daemon : network.cause;
    plan.probes_per_second += block.probes_per_second;
  }
  return plan;
}

}  // namespace blipd
