#include "daemon/simulate/world.h"

#include <algorithm>
#include <cmath>

#include "tests/unit/simulate/scenario_input.h"

using namespace blipd;

TEST_CASE("a quiet network answers each packet after its delay") {
  World world(scenario_of(network_text(kSixteenHosts)), 1);
  REQUIRE(world.networks() == 1);
  CHECK(world.network_name(0) == "net");
  REQUIRE(world.hosts_of(0).size() == 16);
  CHECK(world.hosts_of(0)[5] == v4(1, 2));
  for (const Address& host : world.hosts_of(0)) {
    const Fate fate = world.send(host, Protocol::icmp, 1min, 0);
    CHECK(fate.kind == FateKind::reply);
    CHECK(fate.why == LossCause::none);
    CHECK(fate.after == 100ms);
    CHECK(fate.from == host);
    CHECK(fate.hop_limit > 40);
    CHECK(world.network_of(host) == 0U);
  }
  CHECK(world.send(v4(0, 200), Protocol::icmp, 1min, 0).why == LossCause::no_host);
  CHECK_FALSE(world.network_of(v4(0, 200)));
}

TEST_CASE("random loss is lost at its rate, half of it on each way, and only in its time") {
  World world(
      scenario_of(network_text(kSixteenHosts + "    incidents: [{kind: random_loss, at: 1h, for: 2h, loss: 0.3}]\n")),
      1);
  CHECK(loss_of(world, v4(0, 1), 0s, 1s, 3600) == 0);
  int lost = 0;
  int back = 0;
  for (int i = 0; i < 72'000; ++i) {
    const Fate fate = world.send(v4(0, 1), Protocol::icmp, 1h + 100ms * i, 0);
    lost += fate.kind == FateKind::lost ? 1 : 0;
    back += fate.on_the_way_back ? 1 : 0;
    if (fate.kind == FateKind::lost) CHECK(fate.incident == 0);
  }
  CHECK(lost / 72'000.0 == Approx(0.3).margin(0.008));
  CHECK(static_cast<double>(back) / lost == Approx(0.5).margin(0.02));
  CHECK(loss_of(world, v4(0, 1), 3h, 1s, 3600) == 0);
}

TEST_CASE("bursts are common to all hosts of a network") {
  World world(scenario_of(network_text(kSixteenHosts +
                                       "    incidents: [{kind: bursty_loss, for: 24h, share: 0.3, mean_bad: 5s}]\n")),
              1);
  int lost = 0;
  for (int i = 0; i < 86'000; ++i) {
    const bool first = world.send(v4(0, 1), Protocol::icmp, 1s * i, 0).kind == FateKind::lost;
    const bool second = world.send(v4(3, 4), Protocol::icmp, 1s * i, 0).kind == FateKind::lost;
    if (first != second) FAIL("two hosts differ at " << i << " s");
    lost += first ? 1 : 0;
  }
  CHECK(lost / 86'000.0 == Approx(0.3).margin(0.02));
  CHECK(world.truth()[0].loss == Approx(0.3));
}

TEST_CASE("noise is each host's own, or common if the file says so") {
  const auto agreement = [](const std::string& noise) {
    World world(scenario_of(network_text(kSixteenHosts + "    noise: " + noise + "\n")), 1);
    int lost = 0;
    int both = 0;
    for (int i = 0; i < 80'000; ++i) {
      const bool first = world.send(v4(0, 1), Protocol::icmp, 1s * i, 0).why == LossCause::noise;
      const bool second = world.send(v4(0, 2), Protocol::icmp, 1s * i, 0).why == LossCause::noise;
      lost += first ? 1 : 0;
      both += first && second ? 1 : 0;
    }
    CHECK(lost / 80'000.0 == Approx(0.05).margin(0.01));
    return static_cast<double>(both) / lost;
  };
  CHECK(agreement("{share: 0.05, mean_bad: 2s}") < 0.15);
  CHECK(agreement("{share: 0.05, mean_bad: 2s, common: true}") == 1.0);
}

TEST_CASE("an outage answers a share of probes by a router, in the codes of the family") {
  const std::string outage = "    incidents: [{kind: outage, at: 1h, for: 9h31m, errors: {share: 0.2}}]\n";
  World world(scenario_of(network_text(kSixteenHosts + outage)), 1);
  REQUIRE(world.truth().size() == 1);
  CHECK(world.truth()[0].end - world.truth()[0].start == 9h + 31min);
  CHECK(world.send(v4(0, 1), Protocol::icmp, 1h - 1ns, 0).kind == FateKind::reply);
  int errors = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Fate fate = world.send(v4(0, 1), Protocol::icmp, 1h + 1s * i, 0);
    REQUIRE(fate.kind != FateKind::reply);
    if (fate.kind != FateKind::icmp_error) continue;
    ++errors;
    CHECK(fate.error == IcmpErrorCode{3, 0});
    CHECK(fate.from.to_string() == "203.0.113.252");
    CHECK(fate.after == 50ms);
  }
  CHECK(errors / 20'000.0 == Approx(0.2).margin(0.012));
  CHECK(world.send(v4(0, 1), Protocol::icmp, 10h + 31min, 0).kind == FateKind::reply);

  World six(scenario_of(
                "networks: [{name: six, prefixes: [\"2001:db8::/64\"], hosts: [{loss: 0}], incidents: [{kind: outage, "
                "for: 1h, errors: {}}]}]"),
            1);
  const Fate fate = six.send(*Address::parse("2001:db8::1"), Protocol::icmp, 1s, 0);
  CHECK(fate.kind == FateKind::icmp_error);
  CHECK(fate.error == IcmpErrorCode{1, 0});
  CHECK(fate.from.to_string() == "2001:db8:ffff::fc");
}

TEST_CASE("a network of both families has routers of both") {
  const std::string from = GENERATE(std::string("inside"), std::string("outside"));
  World world(scenario_of("networks: [{name: both, prefixes: [10.0.0.0/24, \"2001:db8::/64\"], hosts: [{count: 2, "
                          "loss: 0}], incidents: [{kind: outage, for: 1h, errors: {what: "
                          "net_unreachable, from: " +
                          from + "}}]}]"),
              1);
  const Fate four = world.send(*Address::parse("10.0.0.1"), Protocol::icmp, 1s, 0);
  const Fate six = world.send(*Address::parse("2001:db8::1"), Protocol::icmp, 1s, 0);
  REQUIRE(four.kind == FateKind::icmp_error);
  REQUIRE(six.kind == FateKind::icmp_error);
  CHECK(four.error == IcmpErrorCode{3, 0});
  CHECK(six.error == IcmpErrorCode{1, 0});
  CHECK(four.from.to_string() == (from == "inside" ? "10.0.0.254" : "203.0.113.252"));
  CHECK(six.from.to_string() == (from == "inside" ? "2001:db8::fffe" : "2001:db8:ffff::fc"));
}

TEST_CASE("packets circle at both ends of a flap") {
  World world(
      scenario_of(network_text(
          kSixteenHosts + "    incidents: [{kind: flapping, at: 1h, for: 2h, period: 20m, down: 90s, loop: 3s}]\n")),
      1);
  const Fate first = world.send(v4(0, 1), Protocol::icmp, 1h + 1s, 0);
  CHECK(first.kind == FateKind::icmp_error);
  CHECK(first.error == IcmpErrorCode{11, 0});
  CHECK(world.send(v4(0, 1), Protocol::icmp, 1h + 10s, 0).kind == FateKind::lost);
  CHECK(world.send(v4(0, 1), Protocol::icmp, 1h + 89s, 0).kind == FateKind::icmp_error);
  CHECK(world.send(v4(0, 1), Protocol::icmp, 1h + 91s, 0).kind == FateKind::reply);
  CHECK(world.truth()[0].period == 20min);
}

TEST_CASE("congestion delays before it loses, and the hosts that stop stay dark") {
  World world(scenario_of(network_text(
                  kSixteenHosts +
                  "    incidents: [{kind: congestion, at: 1h, capacity: 2.5, load_from: 1.5, load_to: 5.97, ramp: "
                  "10m, hold: 3353s, stopping: 2, stop_after: 20m}]\n")),
              1);
  const Fate early = world.send(v4(0, 1), Protocol::icmp, 1h + 130s, 0);
  CHECK(early.kind == FateKind::reply);
  CHECK(early.after > 130ms);
  CHECK(world.truth()[0].start > 1h + 140s);
  int stopped = 0;
  for (const Address& host : world.hosts_of(0)) stopped += loss_of(world, host, 1h + 1500s, 1s, 100) == 1.0 ? 1 : 0;
  CHECK(stopped == 2);
  CHECK(loss_of(world, v4(0, 1), 1h + 1600s, 100ms, 20'000) == Approx(1 - 2.5 / 5.97).margin(0.02));
  CHECK(world.send(v4(0, 1), Protocol::icmp, 3h, 0).after == 100ms);
}

TEST_CASE("our own side loses what goes to everybody, references included") {
  const std::string vantage =
      "vantage: {name: A, references: {hosts: [192.0.2.1]}, incidents: [{kind: vantage, at: 1h, for: 1m}, {kind: "
      "vantage, gap: "
      "1h, for: 1h, loss: 0.1, way: back, from: B}]}\n";
  World world(scenario_of(vantage + network_text(kSixteenHosts)), 1);
  for (const Address& to : {v4(0, 1), Address::v4(0xc0000201)}) {
    CHECK(world.send(to, Protocol::icmp, 1h - 1ns, 0).kind == FateKind::reply);
    CHECK(world.send(to, Protocol::icmp, 1h, 0).why == LossCause::vantage);
    CHECK(world.send(to, Protocol::icmp, 1h + 1min, 0).kind == FateKind::reply);
  }
  CHECK(loss_of(world, v4(0, 1), 2h + 1min, 1s, 3600) == 0);
  REQUIRE(world.truth().size() == 2);
  CHECK(world.truth()[0].network.empty());
  CHECK(world.truth()[0].seen);
  CHECK_FALSE(world.truth()[1].seen);
  CHECK(world.networks() == 1);
  CHECK_FALSE(world.network_of(Address::v4(0xc0000201)));

  World other(scenario_of(vantage + network_text(kSixteenHosts)), 1, "B");
  CHECK(loss_of(other, v4(0, 1), 2h + 1min, 100ms, 36'000) == Approx(0.1).margin(0.01));
  CHECK(other.truth()[1].seen);
}

TEST_CASE("a partial incident is seen from the vantage it names alone") {
  const std::string text =
      network_text(kSixteenHosts + "    incidents: [{kind: partial, from: A, at: 2h, for: 16h}]\n");
  World a(scenario_of(text), 1, "A");
  World b(scenario_of(text), 1, "B");
  CHECK(a.send(v4(0, 1), Protocol::icmp, 3h, 0).kind == FateKind::lost);
  CHECK(b.send(v4(0, 1), Protocol::icmp, 3h, 0).kind == FateKind::reply);
  CHECK(a.truth()[0].seen);
  CHECK_FALSE(b.truth()[0].seen);
}

TEST_CASE("renumbered hosts answer where they are, and come back") {
  World world(scenario_of(network_text(
                  kSixteenHosts + "    incidents: [{kind: renumbering, at: 1h, for: 1h, hosts: 4, shift: 100}]\n")),
              1);
  int moved = 0;
  for (const Address& host : world.hosts_of(0)) {
    CHECK(world.send(host, Protocol::icmp, 1h - 1s, 0).kind == FateKind::reply);
    CHECK(world.send(host.plus(100), Protocol::icmp, 1h - 1s, 0).kind == FateKind::lost);
  }
  for (const Address& host : world.hosts_of(0)) {
    const bool here = world.send(host, Protocol::icmp, 1h, 0).kind == FateKind::reply;
    const bool there = world.send(host.plus(100), Protocol::icmp, 1h, 0).kind == FateKind::reply;
    CHECK(here != there);
    moved += there ? 1 : 0;
  }
  CHECK(moved == 4);
  CHECK(world.truth()[0].affected == 4);
  for (const Address& host : world.hosts_of(0)) {
    CHECK(world.send(host, Protocol::icmp, 2h, 0).kind == FateKind::reply);
    CHECK(world.send(host.plus(100), Protocol::icmp, 2h, 0).why == LossCause::no_host);
  }
}

TEST_CASE("a filter stops ICMP and lets TCP pass; a rate limit is on ICMP too") {
  World world(
      scenario_of(network_text(kSixteenHosts +
                               "    incidents:\n      - {kind: filter, at: 1h, for: 1h, errors: {what: prohibited}}\n"
                               "      - {kind: rate_limited, at: 3h, hosts: 4, every: 20s}\n")),
      1);
  const Fate fate = world.send(v4(0, 1), Protocol::icmp, 1h, 0);
  CHECK(fate.kind == FateKind::icmp_error);
  CHECK(fate.error == IcmpErrorCode{3, 13});
  CHECK(world.send(v4(0, 1), Protocol::tcp, 1h, 0).kind == FateKind::reply);
  int limited = 0;
  for (const Address& host : world.hosts_of(0)) {
    int lost = 0;
    for (int i = 0; i < 100; ++i) {
      const Fate echo = world.send(host, Protocol::icmp, 4h + 10s * i, 0);
      if (echo.kind == FateKind::lost) CHECK(echo.why == LossCause::rate_limit);
      lost += echo.kind == FateKind::lost ? 1 : 0;
      CHECK(world.send(host, Protocol::tcp, 4h + 10s * i, 0).kind == FateKind::reply);
    }
    CHECK((lost == 0 || lost == 50));
    limited += lost == 50 ? 1 : 0;
  }
  CHECK(limited == 4);
}

TEST_CASE("dead hosts are told of by a router of their own network") {
  World world(scenario_of(network_text(kSixteenHosts +
                                       "    incidents: [{kind: host_fault, at: 1h, for: 1h, hosts: 2, errors: {}}]\n")),
              1);
  int dead = 0;
  for (const Address& host : world.hosts_of(0)) {
    const Fate fate = world.send(host, Protocol::icmp, 1h, 0);
    if (fate.kind == FateKind::reply) continue;
    ++dead;
    CHECK(fate.error == IcmpErrorCode{3, 1});
    CHECK(fate.from == v4(0, 254));
  }
  CHECK(dead == 2);
}
