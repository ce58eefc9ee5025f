#include "tests/lab/hosts.h"

#include <algorithm>
#include <utility>

namespace blipd::lab {

Hosts::Hosts(Scenario scenario) : scenario_(std::move(scenario)) {
  for (std::size_t i = 0; i < scenario_.networks.size(); ++i) {
    std::uint64_t index = 0;
    for (const IpPrefix& prefix : scenario_.networks[i].prefixes) {
      ranges_.push_back({prefix, i, index});
      index += prefix.count();
    }
  }
  std::sort(ranges_.begin(), ranges_.end(),
            [](const Range& a, const Range& b) { return a.prefix.first < b.prefix.first; });
}

std::optional<Host> Hosts::find(const Ip& address) const {
  auto range = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                [](const Ip& ip, const Range& r) { return ip < r.prefix.first; });
  if (range == ranges_.begin()) return std::nullopt;
  --range;
  if (!range->prefix.contains(address)) return std::nullopt;
  const NetworkScenario& network = scenario_.networks[range->network];
  Host host{range->network, &network.behaviour};
  if (!network.hosts.empty()) {
    const auto found = network.hosts.find(address);
    if (found != network.hosts.end()) host.behaviour = &found->second;
  }
  host.silent =
      network.silent_hosts > 0 && range->first_index + range->prefix.offset_of(address) < network.silent_hosts;
  return host;
}

bool Hosts::dark(const Host& host, Elapsed now) const {
  return host.silent || host.behaviour->dark_at(now) || within(scenario_.outages, now);
}

}  // namespace blipd::lab
