#include "daemon/engine/engine_share.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "probes/address.h"

namespace blipd {
namespace {

/// Networks that must have the same engine.
struct Group {
  std::vector<std::size_t> networks;
  double probes_per_second = 0;
  std::uint64_t hash = 0;  ///< of the first name: breaks ties, whatever the order in the file
};

/// FNV-1a: the same on every machine and in every run.
std::uint64_t stable_hash(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash;
}

/// Disjoint sets of networks.
class Sets {
 public:
  explicit Sets(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t root(std::size_t i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  void join(std::size_t a, std::size_t b) { parent_[std::max(root(a), root(b))] = std::min(root(a), root(b)); }

 private:
  std::vector<std::size_t> parent_;
};

void join_by_prefix(const Config& config, Sets& sets) {
  std::vector<std::pair<Prefix, std::size_t>> uses;
  for (std::size_t i = 0; i < config.networks.size(); ++i) {
    if (config.networks[i].mine) continue;
    const std::size_t first = uses.size();
    for (const Address& host : config.networks[i].hosts) {
      const Prefix prefix = limit_prefix(host);
      if (uses.size() == first || uses.back().first != prefix) uses.emplace_back(prefix, i);
    }
  }
  std::sort(uses.begin(), uses.end());
  for (std::size_t i = 1; i < uses.size(); ++i) {
    if (uses[i].first == uses[i - 1].first) sets.join(uses[i].second, uses[i - 1].second);
  }
}

std::vector<Group> groups_of(const Config& config, const std::vector<double>& planned) {
  Sets sets(config.networks.size());
  join_by_prefix(config, sets);
  std::vector<Group> groups;
  std::vector<std::size_t> group_of_root(config.networks.size());
  for (std::size_t i = 0; i < config.networks.size(); ++i) {
    const std::size_t root = sets.root(i);
    if (root == i) {
      group_of_root[i] = groups.size();
      groups.emplace_back();
    }
    // The root is the first of its networks.
    Group& group = groups[group_of_root[root]];
    group.networks.push_back(i);
    group.probes_per_second += planned[i];
    const std::uint64_t hash = stable_hash(config.networks[i].name);
    group.hash = group.networks.size() == 1 ? hash : std::min(group.hash, hash);
  }
  std::sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) {
    return std::tuple(-a.probes_per_second, a.hash) < std::tuple(-b.probes_per_second, b.hash);
  });
  return groups;
}

/// The engine that has most of this group already.
std::optional<std::size_t> engine_before(const Config& config, const Group& group, const std::vector<double>& planned,
                                         std::size_t engines, const Seating& before) {
  std::vector<double> had(engines, -1);
  for (const std::size_t i : group.networks) {
    const auto known = before.find(config.networks[i].name);
    if (known == before.end() || known->second >= engines) continue;
    double& sum = had[known->second];
    sum = std::max(sum, 0.0) + planned[i];
  }
  const auto most = std::max_element(had.begin(), had.end());
  if (*most < 0) return std::nullopt;
  return static_cast<std::size_t>(most - had.begin());
}

}  // namespace

EngineShare whole_share(const Config& config) {
  EngineShare share;
  share.networks.resize(config.networks.size());
  std::iota(share.networks.begin(), share.networks.end(), std::size_t{0});
  share.plan = make_plan(config);
  share.packets_per_second = config.limits.packets_per_second;
  return share;
}

Shares share_out(const Config& config, std::size_t engines, const Seating& before) {
  const Plan plan = make_plan(config);
  std::vector<double> planned(config.networks.size());
  for (const PlannedBlock& block : plan.blocks) planned[block.network] += block.probes_per_second;

  const std::vector<Group> groups = groups_of(config, planned);
  std::vector<double> load(engines);
  std::vector<std::size_t> networks(engines);
  std::vector<std::size_t> engine_of(config.networks.size());
  const auto seat = [&](const Group& group, std::size_t engine) {
    load[engine] += group.probes_per_second;
    networks[engine] += group.networks.size();
    for (const std::size_t i : group.networks) engine_of[i] = engine;
  };
  // Those that have an engine first, and then, the largest first, each to the one that has least to do.
  std::vector<const Group*> fresh;
  for (const Group& group : groups) {
    if (const std::optional<std::size_t> engine = engine_before(config, group, planned, engines, before)) {
      seat(group, *engine);
    } else {
      fresh.push_back(&group);
    }
  }
  for (const Group* group : fresh) {
    std::size_t least = 0;
    for (std::size_t i = 1; i < engines; ++i) {
      if (std::tie(load[i], networks[i]) < std::tie(load[least], networks[least])) least = i;
    }
    seat(*group, least);
  }

  Shares shares;
  shares.engines.resize(engines);
  for (std::size_t i = 0; i < config.networks.size(); ++i) {
    shares.engines[engine_of[i]].networks.push_back(i);
    shares.seating.emplace(config.networks[i].name, engine_of[i]);
  }
  for (const PlannedBlock& block : plan.blocks) {
    Plan& part = shares.engines[engine_of[block.network]].plan;
    part.blocks.push_back(block);
    part.probes_per_second += block.probes_per_second;
  }
  for (EngineShare& share : shares.engines) {
    for (const std::size_t i : share.networks) share.plan.hosts += config.networks[i].hosts.size();
    if (plan.probes_per_second <= 0) continue;  // nobody has anything to send
    share.packets_per_second =
        config.limits.packets_per_second * (share.plan.probes_per_second / plan.probes_per_second);
  }
  return shares;
}

}  // namespace blipd
