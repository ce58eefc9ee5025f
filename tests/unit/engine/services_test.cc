// Modules that ask a service, hosts that have names, and numbers for each host.
#include <cerrno>
#include <map>
#include <string>

#include "daemon/config/module_hosts.h"
#include "daemon/engine/prepared.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

/// "web" beside "ping", asked every second.
std::shared_ptr<const Config> with_web(ConfigBuilder builder) {
  static const ProberType kWeb{"http", {}, false, true, nullptr, nullptr};
  builder.raw().modules.push_back({"web", &kWeb, std::make_shared<ModuleOptions>(), 1s, 1s, {}});
  for (NetworkConfig& network : builder.raw().networks) network.modules.emplace_back("web");
  return builder.build();
}

Address host(unsigned octet, unsigned last) { return Address::v4(0xc6120000U + octet * 256 + last); }

const ModuleSnapshot& module_of(const NetworkSnapshot& network, const std::string& name) {
  for (const ModuleSnapshot& module : network.modules) {
    if (module.module == name) return module;
  }
  FAIL("no module " << name);
  return network.modules.front();
}

}  // namespace

TEST_CASE("dead web sites in a living network are seen as that") {
  VirtualDaemon daemon(with_web(ConfigBuilder().network("a", 1, 4).timing(1s, 1s)));
  daemon.network.decide = [](const ProbeRequest& request, Instant) {
    // Only the web module is told how hosts are asked for.
    if (request.host.empty()) return Fate{.reply_after = 20ms};
    return Fate{.reply_after = 30ms, .failure = FailureReason::status};
  };
  daemon.run_for(60s);
  const NetworkSnapshot a = daemon.of("a");
  CHECK(a.state == State::up);
  CHECK(module_of(a, "ping").state == State::up);
  const ModuleSnapshot& web = module_of(a, "web");
  CHECK(web.state == State::down);
  CHECK(web.probes.failures[static_cast<std::size_t>(FailureReason::status)] > 150);
  CHECK(identity_holds(web.probes));
  CHECK(a.hosts_responding == 4);
  // A site in trouble is not asked more for it.
  for (const auto all = daemon.snapshot(); const ExtraProbes& extra : all->extra) {
    if (extra.module == "web") CHECK(extra.replies + extra.failures + extra.voids == 0);
  }
}

TEST_CASE("the event of a network whose last host goes ends with it") {
  ConfigBuilder builder;
  builder.network("a", 1, 0).references(3, 2).timing(1s, 1s);
  builder.raw().networks[0].names = {"moving.example"};
  const auto loaded = builder.build();
  VirtualDaemon daemon(std::make_shared<const Config>(with_addresses(*loaded, {{"moving.example", {host(1, 10)}}})));
  bool dark = false;
  daemon.network.decide = [&](const ProbeRequest& request, Instant) {
    return dark && !is_reference(request.to) ? Fate{} : Fate{.reply_after = 20ms};
  };
  daemon.run_for(20s);
  dark = true;
  daemon.run_for(30s);
  REQUIRE(daemon.network.events.size() == 1);
  daemon.reload(loaded);
  daemon.run_for(300s);
  REQUIRE(daemon.network.events.size() >= 2);
  CHECK(daemon.network.events.back().end);
  CHECK_FALSE(daemon.of("a").open_event);
}

TEST_CASE("what a web site went through beside a living network is no event of the network's, not even later") {
  VirtualDaemon daemon(with_web(ConfigBuilder().network("a", 1, 4).timing(1s, 1s)));
  daemon.network.decide = [&](const ProbeRequest& request, Instant) {
    const bool dead = !request.host.empty() && daemon.elapsed() >= 60s && daemon.elapsed() < 180s;
    return dead ? Fate{.reply_after = 30ms, .failure = FailureReason::status} : Fate{.reply_after = 20ms};
  };
  daemon.run_for(90s);
  CHECK(module_of(daemon.of("a"), "web").state == State::down);
  daemon.run_for(500s);
  CHECK(module_of(daemon.of("a"), "web").state == State::up);
  // From then on the site stands for the network.
  ConfigBuilder builder;
  builder.network("a", 1, 4).timing(1s, 1s);
  builder.raw().networks[0].modules.clear();
  daemon.reload(with_web(std::move(builder)));
  daemon.run_for(60s);
  CHECK(daemon.of("a").state == State::up);
  CHECK(daemon.network.events.empty());
}

TEST_CASE("the event of a module that is not asked any more ends, and what its network went through stays counted") {
  ConfigBuilder both;
  both.network("a", 1, 4).references(3, 2).timing(1s, 1s);
  VirtualDaemon daemon(with_web(both));
  daemon.network.decide = [&](const ProbeRequest& request, Instant) {
    const bool fine = is_reference(request.to) || !request.host.empty();
    const bool dark = daemon.elapsed() >= 60s && (daemon.elapsed() < 240s || daemon.elapsed() >= 400s);
    return fine || !dark ? Fate{.reply_after = 20ms} : Fate{};
  };
  daemon.run_for(450s);
  REQUIRE(daemon.of("a").open_event);
  ConfigBuilder web;
  web.network("a", 1, 4).references(3, 2).timing(1s, 1s);
  web.raw().networks[0].modules.clear();
  daemon.reload(with_web(std::move(web)));
  daemon.run_for(60s);
  CHECK_FALSE(daemon.of("a").open_event);
  REQUIRE(daemon.network.events.back().end);
  CHECK(daemon.of("a").state == State::up);
  CHECK(daemon.of("a").events[static_cast<std::size_t>(EventClass::outage)] == 2);
}

TEST_CASE("where nothing but the web is asked, it stands for the network") {
  ConfigBuilder builder;
  builder.network("a", 1, 4).timing(1s, 1s);
  builder.raw().networks[0].modules.clear();
  VirtualDaemon daemon(with_web(std::move(builder)));
  daemon.network.decide = [](const ProbeRequest&, Instant) { return Fate{}; };
  daemon.run_for(60s);
  CHECK(daemon.of("a").state == State::down);
}

TEST_CASE("exchanges that our own side could not carry out blame nobody") {
  VirtualDaemon daemon(with_web(ConfigBuilder().network("a", 1, 4).timing(1s, 1s)));
  daemon.network.decide = [](const ProbeRequest& request, Instant) {
    return request.host.empty() ? Fate{.reply_after = 20ms} : Fate{.reply_after = 1ms, .unsent = EMFILE};
  };
  daemon.run_for(30s);
  const NetworkSnapshot a = daemon.of("a");
  const ModuleSnapshot& web = module_of(a, "web");
  CHECK(web.state == State::unknown);
  CHECK(web.probes.voids[static_cast<std::size_t>(VoidCause::send)] > 100);
  CHECK(sum_of(web.probes.failures) == 0);
}

TEST_CASE("a host is asked for by its names, and by its address where it has none") {
  ConfigBuilder builder;
  builder.network("a", 1, 1);
  builder.raw().networks[0].names = {"one.example", "two.example"};
  const auto loaded = with_web(std::move(builder));
  VirtualDaemon daemon(std::make_shared<const Config>(
      with_addresses(*loaded, {{"one.example", {host(1, 7)}}, {"two.example", {host(1, 7)}}})));
  std::map<std::string, int> asked;
  daemon.network.decide = [&](const ProbeRequest& request, Instant) {
    if (!request.host.empty()) ++asked[request.to.to_string() + " " + std::string(request.host)];
    return Fate{.reply_after = 20ms};
  };
  daemon.run_for(30s);
  CHECK(asked.size() == 3);
  CHECK(asked["198.18.1.0 198.18.1.0"] >= 28);
  CHECK(asked["198.18.1.7 one.example"] >= 28);
  CHECK(asked["198.18.1.7 two.example"] >= 28);
  CHECK(module_of(daemon.of("a"), "ping").targets == 2);
  CHECK(module_of(daemon.of("a"), "web").targets == 3);
}

TEST_CASE("a name that stands for another address takes its host along, and no failure is invented") {
  ConfigBuilder builder;
  builder.network("a", 1, 2).timing(1s, 1s);
  builder.raw().networks[0].names = {"moving.example"};
  const auto loaded = builder.build();
  const auto standing_for = [&](unsigned last) {
    return std::make_shared<const Config>(with_addresses(*loaded, {{"moving.example", {host(1, last)}}}));
  };
  VirtualDaemon daemon(standing_for(10));
  std::map<std::string, int> asked;
  daemon.network.decide = [&](const ProbeRequest& request, Instant) {
    ++asked[request.to.to_string()];
    return Fate{.reply_after = 300ms};
  };
  daemon.run_for(20s);
  daemon.reload(standing_for(20));
  daemon.run_for(20s);
  const ProbeCounters p = daemon.of("a").modules[0].probes;
  CHECK(sum_of(p.failures) == 0);
  CHECK(p.voids[static_cast<std::size_t>(VoidCause::removed)] <= 1);
  CHECK(identity_holds(p));
  CHECK(asked["198.18.1.10"] == Approx(20).margin(2));
  CHECK(asked["198.18.1.20"] == Approx(20).margin(2));
  CHECK(asked["198.18.1.0"] == Approx(40).margin(2));
  CHECK(daemon.of("a").state == State::up);
}

TEST_CASE("a network whose names are not known yet is unknown, and ready at once") {
  ConfigBuilder builder;
  builder.network("a", 1, 0);
  builder.raw().networks[0].names = {"late.example"};
  const auto loaded = builder.build();
  VirtualDaemon daemon(loaded);
  daemon.run_for(10s);
  CHECK(daemon.of("a").state == State::unknown);
  CHECK(daemon.of("a").unresolved_names == std::vector<std::string>{"late.example"});
  CHECK(daemon.of("a").modules[0].probes.sent == 0);
  CHECK(daemon.snapshot()->ready);
  daemon.reload(std::make_shared<const Config>(with_addresses(*loaded, {{"late.example", {host(1, 3)}}})));
  daemon.run_for(100s);
  CHECK(daemon.of("a").state == State::up);
  CHECK(daemon.of("a").unresolved_names.empty());
  // And lost again: nothing is sent, nothing fails.
  const std::uint64_t sent = daemon.of("a").modules[0].probes.sent;
  daemon.reload(loaded);
  daemon.run_for(10s);
  CHECK(daemon.of("a").modules[0].probes.sent == sent);
  CHECK(sum_of(daemon.of("a").modules[0].probes.failures) == 0);
}

TEST_CASE("numbers for each host are there for the networks that ask, under the names of their hosts") {
  ConfigBuilder builder;
  builder.network("a", 1, 2).network("b", 2, 2).timing(1s, 1s);
  builder.raw().networks[0].per_host_metrics = true;
  builder.raw().networks[0].names = {"named.example"};
  const auto loaded = builder.build();
  VirtualDaemon daemon(std::make_shared<const Config>(with_addresses(*loaded, {{"named.example", {host(1, 9)}}})));
  daemon.network.decide = [](const ProbeRequest& request, Instant) {
    return request.to == host(1, 1) ? Fate{} : Fate{.reply_after = 20ms};
  };
  daemon.run_for(40s);
  CHECK(daemon.of("b").modules[0].hosts.empty());
  const std::vector<HostSnapshot> hosts = daemon.of("a").modules[0].hosts;
  REQUIRE(hosts.size() == 3);
  CHECK(hosts[0].host == "198.18.1.0");
  CHECK(hosts[0].responding);
  CHECK(hosts[0].windows[0].ratio == 1);
  CHECK((*hosts[0].rtt)[0] >= 20ms);
  CHECK(hosts[1].host == "198.18.1.1");
  CHECK_FALSE(hosts[1].responding);
  CHECK(hosts[1].windows[0].ratio == 0);
  CHECK(hosts[2].host == "named.example");
  CHECK(hosts[2].address == host(1, 9));
  // Records end with the wish for them.
  daemon.reload(ConfigBuilder().network("a", 1, 2).build());
  CHECK(daemon.of("a").modules[0].hosts.empty());
}

TEST_CASE("places: two names of one address are two hosts, and keep their places") {
  const auto hosts = [](std::vector<std::string> names) {
    const auto addresses = std::make_shared<const std::vector<Address>>(names.size(), host(1, 1));
    return BlockHosts{addresses, std::make_shared<const std::vector<std::string>>(std::move(names))};
  };
  const Places first = assign_places({}, hosts({"a", "c"}), Instant(1h));
  const Places second = assign_places(first, hosts({"a", "b", "c"}), Instant(1h));
  CHECK(second.of_host == std::vector<std::uint32_t>{0, 2, 1});
  const Places third = assign_places(second, hosts({"b", "c"}), Instant(1h));
  CHECK(third.of_host == std::vector<std::uint32_t>{2, 1});
  CHECK(hosts({"a"}) == hosts({"a"}));
  CHECK_FALSE(hosts({"a"}) == hosts({"b"}));
}
