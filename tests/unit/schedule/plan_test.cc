#include "daemon/schedule/plan.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

/// `count` hosts from `first` on, `step` apart.
std::vector<Address> hosts(const std::string& first, std::size_t count, std::uint64_t step = 1) {
  std::vector<Address> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(Address::parse(first)->plus(i * step));
  return out;
}

Config with_modules(std::vector<std::pair<std::string, Duration>> modules) {
  Config config;
  for (auto& [name, interval] : modules) {
    ModuleConfig module;
    module.name = std::move(name);
    module.interval = interval;
    config.modules.push_back(std::move(module));
  }
  return config;
}

void add_network(Config& config, std::vector<Address> addresses, std::vector<std::string> modules, bool mine) {
  NetworkConfig network;
  network.name = "n" + std::to_string(config.networks.size());
  network.hosts = std::move(addresses);
  network.modules = std::move(modules);
  network.mine = mine;
  config.networks.push_back(std::move(network));
}

}  // namespace

TEST_CASE("what fits every cap is probed at its module's interval") {
  Config config = with_modules({{"fast", seconds(10)}, {"slow", seconds(60)}});
  add_network(config, hosts("192.0.2.0", 2), {"slow", "fast"}, false);
  add_network(config, hosts("198.51.100.0", 100), {"fast"}, true);
  const Plan plan = make_plan(config);
  REQUIRE(plan.blocks.size() == 3);
  CHECK(plan.hosts == 102);
  CHECK(plan.blocks[0].network == 0);
  CHECK(plan.blocks[0].module == 1);
  CHECK(plan.blocks[0].round == seconds(60));
  CHECK(plan.blocks[1].module == 0);
  CHECK(plan.blocks[1].hosts == 2);
  CHECK(plan.blocks[1].round == seconds(10));
  CHECK(plan.blocks[1].probes_per_second == Approx(0.2));
  CHECK(plan.blocks[1].busiest_prefix_per_second == Approx(2.0 / 10 + 2.0 / 60));
  CHECK(plan.blocks[2].round == seconds(10));
  CHECK(plan.probes_per_second == Approx(2.0 / 60 + 0.2 + 10));
  for (const PlannedBlock& block : plan.blocks) CHECK(block.stretched_by == Stretch::none);
}

TEST_CASE("a full /24 that is not mine is stretched to 80 % of the prefix limit, one that is mine is not") {
  Config config = with_modules({{"ping", seconds(10)}});
  add_network(config, hosts("192.0.2.0", 256), {"ping"}, false);
  add_network(config, hosts("198.51.100.0", 256), {"ping"}, true);
  const Plan plan = make_plan(config);
  CHECK(plan.blocks[0].stretched_by == Stretch::prefix);
  CHECK(plan.blocks[0].probes_per_second == Approx(0.8 * 0.39));
  CHECK(plan.blocks[0].busiest_prefix_per_second == Approx(0.8 * 0.39));
  CHECK(to_seconds(plan.blocks[0].round) == Approx(256 / (0.8 * 0.39)));
  CHECK(plan.blocks[1].round == seconds(10));
  CHECK(plan.blocks[1].busiest_prefix_per_second == Approx(25.6));
}

TEST_CASE("a network goes by its fullest prefix") {
  Config config = with_modules({{"ping", seconds(10)}});
  std::vector<Address> addresses = hosts("192.0.2.0", 1);
  for (const Address& address : hosts("192.0.3.0", 64)) addresses.push_back(address);
  add_network(config, addresses, {"ping"}, false);
  const Plan plan = make_plan(config);
  CHECK(to_seconds(plan.blocks[0].round) == Approx(64 / (0.8 * 0.39)));
  CHECK(plan.blocks[0].busiest_prefix_per_second == Approx(0.8 * 0.39));
}

TEST_CASE("networks and modules that meet in a prefix share its limit") {
  Config config = with_modules({{"a", seconds(10)}, {"b", seconds(5)}});
  add_network(config, hosts("192.0.2.0", 10), {"a", "b"}, false);  // 3 probes/s
  add_network(config, hosts("192.0.2.100", 20), {"a"}, false);     // 2 probes/s
  add_network(config, hosts("192.0.2.200", 50), {"b"}, true);      // does not count
  add_network(config, hosts("198.51.100.0", 2), {"a"}, false);     // elsewhere
  const Plan plan = make_plan(config);
  REQUIRE(plan.blocks.size() == 5);
  const double factor = 5 / (0.8 * 0.39);
  CHECK(to_seconds(plan.blocks[0].round) == Approx(10 * factor));
  CHECK(to_seconds(plan.blocks[1].round) == Approx(5 * factor));
  CHECK(to_seconds(plan.blocks[2].round) == Approx(10 * factor));
  CHECK(plan.blocks[3].round == seconds(5));
  CHECK(plan.blocks[4].round == seconds(10));
  CHECK(plan.blocks[0].probes_per_second + plan.blocks[1].probes_per_second + plan.blocks[2].probes_per_second ==
        Approx(0.8 * 0.39));
}

TEST_CASE("IPv6 is limited by the /48") {
  Config config = with_modules({{"ping", seconds(10)}});
  // 64 hosts in 64 /64s of one /48, and as many in 64 /48s.
  add_network(config, hosts("2001:db8:1::1", 2, std::uint64_t{1} << 63U), {"ping"}, false);
  std::vector<Address> one;
  std::vector<Address> many;
  for (int i = 0; i < 64; ++i) {
    const std::string hex = std::to_string(i + 10);
    one.push_back(*Address::parse("2001:db8:2:" + hex + "::1"));
    many.push_back(*Address::parse("2001:db9:" + hex + "::1"));
  }
  add_network(config, one, {"ping"}, false);
  add_network(config, many, {"ping"}, false);
  const Plan plan = make_plan(config);
  CHECK(plan.blocks[0].stretched_by == Stretch::none);
  CHECK(to_seconds(plan.blocks[1].round) == Approx(64 / (0.8 * 0.39)));
  CHECK(plan.blocks[2].round == seconds(10));
  CHECK(limit_prefix(one[0]).to_string() == "2001:db8:2::/48");
  CHECK(limit_prefix(*Address::parse("192.0.2.77")).to_string() == "192.0.2.0/24");
}

TEST_CASE("the hourly limit of a network binds all its modules together") {
  Config config = with_modules({{"a", seconds(10)}, {"b", seconds(20)}});
  config.limits.per_network_per_hour = 540;  // asked: 720 + 360
  add_network(config, hosts("192.0.2.0", 2), {"a", "b"}, false);
  add_network(config, hosts("192.0.2.100", 2), {"a"}, true);
  const Plan plan = make_plan(config);
  const double factor = 1080 / (0.8 * 540);
  CHECK(plan.blocks[0].stretched_by == Stretch::network);
  CHECK(to_seconds(plan.blocks[0].round) == Approx(10 * factor));
  CHECK(to_seconds(plan.blocks[1].round) == Approx(20 * factor));
  CHECK((plan.blocks[0].probes_per_second + plan.blocks[1].probes_per_second) * 3600 == Approx(0.8 * 540));
  CHECK(plan.blocks[2].round == seconds(10));
}

TEST_CASE("the daemon's cap stretches everything alike, mine too") {
  Config config = with_modules({{"ping", seconds(1)}});
  config.limits.packets_per_second = 50;
  add_network(config, hosts("10.0.0.0", 100), {"ping"}, true);
  add_network(config, hosts("10.1.0.0", 60, 256), {"ping"}, false);
  const Plan plan = make_plan(config);
  // The second alone must keep to 0.312 a second in each /24, 60 of them: 18.72 a second.
  const double factor = (100 + 60 * 0.312) / 40;
  CHECK(plan.probes_per_second == Approx(40));
  CHECK(to_seconds(plan.blocks[0].round) == Approx(factor));
  CHECK(plan.blocks[0].stretched_by == Stretch::daemon);
  CHECK(to_seconds(plan.blocks[1].round) == Approx(factor / 0.312));
  CHECK(plan.blocks[1].stretched_by == Stretch::prefix);
}

TEST_CASE("rounds never exceed what a duration holds") {
  Config config = with_modules({{"ping", hours(24)}});
  config.limits.per_prefix_per_second = 0.001;
  config.limits.per_network_per_hour = 1;
  add_network(config, hosts("2001:db8::", 2'000'000), {"ping"}, false);
  const Plan plan = make_plan(config);
  CHECK(plan.blocks[0].round > hours(24 * 365));
  CHECK(plan.blocks[0].round <= hours(24 * 365 * 100));
}

TEST_CASE("a million hosts in a million /24s are planned host by host") {
  Config config = with_modules({{"ping", milliseconds(300'000)}});
  add_network(config, hosts("1.0.0.1", 500'000, 256), {"ping"}, false);
  add_network(config, hosts("1.0.0.2", 500'000, 256), {"ping"}, false);
  const Plan plan = make_plan(config);
  CHECK(plan.hosts == 1'000'000);
  CHECK(plan.probes_per_second == Approx(1'000'000 / 300.0));
  CHECK(plan.blocks[1].busiest_prefix_per_second == Approx(1 / 300.0));
  CHECK(plan.blocks[1].stretched_by == Stretch::none);
}

TEST_CASE("causes of stretching have names") {
  CHECK(to_string(Stretch::none) == "none");
  CHECK(to_string(Stretch::daemon) == "daemon");
  CHECK(to_string(Stretch::prefix) == "prefix");
  CHECK(to_string(Stretch::network) == "network");
}
