// What is wrong between networks that are right each by itself. Memory is bounded here, before a world is made.
#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include "daemon/simulate/scenario_decode.h"

namespace blipd {
namespace {

constexpr std::size_t kMostNetworks = 1'000'000;

struct Range {
  Address first;
  Address last;
  const NetworkSpec* network = nullptr;
};

bool check_sizes(const Scenario& scenario, OptionReader& reader) {
  double hosts = 0;
  double incidents = 0;
  double networks = 0;
  const auto add = [&incidents](const std::vector<IncidentSpec>& specs, std::size_t count) {
    for (const IncidentSpec& spec : specs) incidents += static_cast<double>(spec.repeat) * static_cast<double>(count);
  };
  add(scenario.vantage_incidents, 1);
  for (const NetworkSpec& network : scenario.networks) {
    hosts += static_cast<double>(network.host_count()) * static_cast<double>(network.count);
    networks += static_cast<double>(network.count);
    add(network.incidents, network.count);
  }
  const auto most = [&reader](double found, std::size_t limit, const std::string& what) {
    if (found <= static_cast<double>(limit)) return true;
    reader.report("networks", "more than " + std::to_string(limit) + " " + what);
    return false;
  };
  return most(networks, kMostNetworks, "networks") && most(hosts, kMostHosts, "hosts") &&
         most(incidents, kMostIncidents, "incidents");
}

void check_names(const Scenario& scenario, OptionReader& reader) {
  std::unordered_set<std::string> names;
  for (const NetworkSpec& network : scenario.networks) {
    for (std::size_t i = 0; i < network.count; ++i) {
      if (names.insert(network.name_of(i)).second) continue;
      return reader.report("networks", "the name " + in_quotes(network.name_of(i)) + " is repeated");
    }
  }
}

/// Prefixes one by one, or the stretch that all repetitions of a network fill.
void add_ranges(const NetworkSpec& network, std::vector<Range>& ranges) {
  const auto last_of = [](const Prefix& prefix) {
    const std::uint64_t steps =
        prefix.host_bits() >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << prefix.host_bits()) - 1;
    return prefix.first().plus(steps);
  };
  if (network.count == 1) {
    for (const Prefix& prefix : network.prefixes) ranges.push_back({prefix.first(), last_of(prefix), &network});
    return;
  }
  const Address first = std::min_element(network.prefixes.begin(), network.prefixes.end())->first();
  Address last = first.plus(network.span() - 1);
  for (std::size_t i = 1; i < network.count; ++i) last = last.plus(network.span());
  ranges.push_back({first, last, &network});
}

void check_addresses(const Scenario& scenario, OptionReader& reader) {
  std::vector<Range> ranges;
  for (const NetworkSpec& network : scenario.networks) add_ranges(network, ranges);
  if (scenario.references) add_ranges(*scenario.references, ranges);
  std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].last < ranges[i].first || ranges[i].first.is_v4() != ranges[i].last.is_v4()) {
      return reader.report("networks", "the addresses from " + ranges[i].first.to_string() + " on do not suffice");
    }
    if (i == 0 || ranges[i - 1].last < ranges[i].first) continue;
    return reader.report("networks", "the addresses from " + ranges[i].first.to_string() + " on are used twice");
  }
}

}  // namespace

void check_scenario(const Scenario& scenario, OptionReader& reader) {
  if (!check_sizes(scenario, reader)) return;
  check_names(scenario, reader);
  check_addresses(scenario, reader);
}

}  // namespace blipd
