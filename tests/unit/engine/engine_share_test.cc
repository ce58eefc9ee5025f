// Which engine has which networks.
#include "daemon/engine/engine_share.h"

#include <algorithm>
#include <limits>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

/// Networks of these sizes under 198.18.N.0, N from 1 on, named n1, n2...
ConfigBuilder networks(const std::vector<unsigned>& hosts) {
  ConfigBuilder config;
  for (unsigned i = 0; i < hosts.size(); ++i) config.network("n" + std::to_string(i + 1), i + 1, hosts[i]);
  return config;
}

double busiest(const Shares& shares) {
  double most = 0;
  for (const EngineShare& share : shares.engines) most = std::max(most, share.plan.probes_per_second);
  return most;
}

/// Has `to` send to a /24 of `from` as well.
void share_prefix(Config& config, std::size_t from, std::size_t to) {
  config.networks[from].mine = config.networks[to].mine = false;
  auto& hosts = config.networks[to].hosts;
  hosts.push_back(config.networks[from].hosts.front().plus(200));
  std::sort(hosts.begin(), hosts.end());
}

}  // namespace

TEST_CASE("every network has one engine, in the order of the file, and the engines have about the same to do") {
  const auto config = networks({100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 5, 5}).build();
  const Shares shares = share_out(*config, 3, {});
  std::set<std::size_t> seen;
  double sum = 0;
  double cap = 0;
  for (const EngineShare& share : shares.engines) {
    CHECK(std::is_sorted(share.networks.begin(), share.networks.end()));
    for (const std::size_t i : share.networks) {
      CHECK(seen.insert(i).second);
      CHECK(&share == &shares.engines[shares.seating.at(config->networks[i].name)]);
    }
    for (const PlannedBlock& block : share.plan.blocks) {
      CHECK(std::find(share.networks.begin(), share.networks.end(), block.network) != share.networks.end());
    }
    sum += share.plan.probes_per_second;
    cap += share.packets_per_second;
  }
  CHECK(seen.size() == 12);
  CHECK(sum == Approx(560));
  CHECK(busiest(shares) <= 560 / 3.0 * 1.1);
  CHECK(cap == Approx(config->limits.packets_per_second));
}

TEST_CASE("one engine's share of the limit is its share of the plan, and whoever has nothing may send nothing") {
  ConfigBuilder config = networks({300, 100});
  config.raw().limits.packets_per_second = 200;  // half of what is asked for
  const Shares shares = share_out(config.raw(), 3, {});
  const Plan whole = make_plan(config.raw());
  double cap = 0;
  for (const EngineShare& share : shares.engines) {
    cap += share.packets_per_second;
    if (share.networks.empty()) {
      CHECK(share.packets_per_second == 0);
      continue;
    }
    REQUIRE(share.networks.size() == 1);
    CHECK(share.packets_per_second == Approx(share.networks[0] == 0 ? 150 : 50));
    // Rounds are stretched by what all of them send together.
    for (const PlannedBlock& block : share.plan.blocks) CHECK(block.round == whole.blocks[block.network].round);
  }
  CHECK(cap == Approx(200));
}

TEST_CASE("networks that send to one /24 under the limit have one engine; what is mine has no such limit") {
  ConfigBuilder config = networks({50, 50, 50, 50});
  share_prefix(config.raw(), 0, 1);
  share_prefix(config.raw(), 1, 3);
  const Shares shares = share_out(config.raw(), 2, {});
  CHECK(shares.seating.at("n1") == shares.seating.at("n2"));
  CHECK(shares.seating.at("n1") == shares.seating.at("n4"));
  CHECK(shares.seating.at("n1") != shares.seating.at("n3"));
  for (NetworkConfig& network : config.raw().networks) network.mine = true;
  const Shares free = share_out(config.raw(), 2, {});
  CHECK(busiest(free) == Approx(101));
}

TEST_CASE("a reload moves no network that stays, whatever is added, removed, grows or changes its place in the file") {
  ConfigBuilder config = networks({100, 90, 80, 70, 60, 50, 40, 30});
  const Seating before = share_out(config.raw(), 3, {}).seating;
  SECTION("added and removed") {
    config.network("new", 77, 200);
    config.raw().networks.erase(config.raw().networks.begin() + 2);
  }
  SECTION("another order") { std::reverse(config.raw().networks.begin(), config.raw().networks.end()); }
  SECTION("another size") { config.raw().networks[0].hosts.resize(1); }
  for (const auto& [name, engine] : share_out(config.raw(), 3, before).seating) {
    if (before.contains(name)) CHECK(engine == before.at(name));
  }
}

TEST_CASE("a new network goes to the engine that has least to do") {
  ConfigBuilder config = networks({100, 10});
  const Seating before = share_out(config.raw(), 2, {}).seating;
  config.network("new", 77, 20);
  const Seating after = share_out(config.raw(), 2, before).seating;
  CHECK(after.at("new") == after.at("n2"));
}

TEST_CASE("the file's order does not matter for who has what") {
  ConfigBuilder config = networks({50, 50, 50, 50, 50, 50, 50});
  const Seating before = share_out(config.raw(), 3, {}).seating;
  std::reverse(config.raw().networks.begin(), config.raw().networks.end());
  CHECK(share_out(config.raw(), 3, {}).seating == before);
}

TEST_CASE("networks that come to share a prefix under the limit meet where most of them is already") {
  ConfigBuilder config = networks({100, 40, 50});
  for (NetworkConfig& network : config.raw().networks) network.mine = false;
  const Seating before{{"n1", 0}, {"n2", 1}, {"n3", 1}};
  share_prefix(config.raw(), 0, 1);
  const Seating after = share_out(config.raw(), 2, before).seating;
  CHECK(after == Seating{{"n1", 0}, {"n2", 0}, {"n3", 1}});
}

TEST_CASE("names that stand for nothing yet are seated too") {
  ConfigBuilder config = networks({1, 1});
  for (NetworkConfig& network : config.raw().networks) network.hosts.clear();
  const Shares shares = share_out(config.raw(), 2, {});
  CHECK(shares.seating.size() == 2);
  for (const EngineShare& share : shares.engines) CHECK(share.networks.size() == 1);
}
