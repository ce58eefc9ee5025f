// The kinds of hosts, and that a world is the same whoever asks.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "daemon/simulate/world_truth.h"
#include "tests/unit/simulate/scenario_input.h"

using namespace blipd;

TEST_CASE("hosts are stable, flaky, silent, off for a part of the day, or restarting") {
  World world(
      scenario_of(network_text("    hosts:\n      - {loss: 0.005}\n      - {loss: 0.1}\n      - {silent: true}\n"
                               "      - {loss: 0, off: {every: 24h, for: 8h, phase: 20h}}\n"
                               "      - {loss: 0, reboots: {every: exponential(1h), for: 5m}}\n"
                               "      - {loss: 0, tcp: refused}\n      - {loss: 0, tcp: silent}\n"
                               "      - {loss: 0, rate_limit: {every: 20s}}\n",
                               "10d")),
      1);
  const std::vector<Address>& hosts = world.hosts_of(0);
  CHECK(loss_of(world, hosts[0], 0s, 1s, 86'400) == Approx(0.005).margin(0.001));
  CHECK(loss_of(world, hosts[1], 0s, 1s, 86'400) == Approx(0.1).margin(0.004));
  CHECK(loss_of(world, hosts[2], 0s, 1min, 100) == 1.0);
  // Off from 20 h to 4 h of the next day.
  CHECK(loss_of(world, hosts[3], 0s, 1min, 240) == 1.0);
  CHECK(loss_of(world, hosts[3], 4h, 1min, 960) == 0.0);
  CHECK(loss_of(world, hosts[3], 20h, 1min, 480) == 1.0);
  CHECK(loss_of(world, hosts[3], 28h, 1min, 960) == 0.0);
  CHECK(loss_of(world, hosts[4], 0s, 10s, 86'400) == Approx(5.0 / 65).epsilon(0.25));
  CHECK(world.send(hosts[5], Protocol::tcp, 9 * 24h, 0).kind == FateKind::refused);
  CHECK(world.send(hosts[5], Protocol::icmp, 9 * 24h, 0).kind == FateKind::reply);
  CHECK(world.send(hosts[6], Protocol::tcp, 9 * 24h, 0).why == LossCause::silent_host);
  CHECK(world.send(hosts[6], Protocol::icmp, 9 * 24h, 0).kind == FateKind::reply);
  CHECK(loss_of(world, hosts[7], 0s, 10s, 1000) == Approx(0.5));
}

TEST_CASE("one host in twenty answers one packet in twenty after five seconds") {
  World world(scenario_of("networks:\n  - name: net\n    prefixes: [10.0.0.0/16]\n    hosts: [{count: 4000, loss: 0}]\n"
                          "    delay: 100ms\n    jitter: \"gamma(4ms, 2)\"\n"
                          "    tail: {hosts: 0.05, probability: 0.05, delay: \"uniform(5s, 20s)\"}\n"),
              1);
  int slow_hosts = 0;
  int slow = 0;
  double jitter = 0;
  for (const Address& host : world.hosts_of(0)) {
    int late = 0;
    for (int i = 0; i < 200; ++i) {
      const Duration after = world.send(host, Protocol::icmp, 1s * i, 0).after;
      CHECK(after >= 100ms);
      late += after > 5s ? 1 : 0;
      if (after < 1s) jitter += to_seconds(after - 100ms);
    }
    slow_hosts += late > 0 ? 1 : 0;
    slow += late;
  }
  CHECK(slow_hosts == Approx(200).margin(50));
  CHECK(slow / (slow_hosts * 200.0) == Approx(0.05).margin(0.006));
  CHECK(jitter / (4000.0 * 200) == Approx(0.004).epsilon(0.02));
}

namespace {

const std::string kBusy = network_text(
    "    hosts: [{count: 8}, {count: 4, reboots: {every: exponential(1h), for: 5m}}, {count: 4, off: {every: 4h, for: "
    "1h}}]\n"
    "    noise: {share: 0.02, mean_bad: 2s}\n"
    "    jitter: exponential(5ms)\n"
    "    incidents:\n"
    "      - {kind: bursty_loss, at: 1h, for: 1h, share: 0.3, mean_bad: 5s}\n"
    "      - {kind: flapping, gap: 1h, for: 4h, period: 10m, jitter: 0.2, down: exponential(90s), stagger: "
    "\"uniform(0s, 20s)\"}\n"
    "      - {kind: random_loss, gap: uniform(1m 1h), for: 1h, loss: 0.2}\n");

bool same(const Fate& a, const Fate& b) {
  return a.kind == b.kind && a.why == b.why && a.after == b.after && a.from == b.from && a.incident == b.incident;
}

}  // namespace

TEST_CASE("two probers with different schedules see one network") {
  World often(scenario_of(kBusy), 7);
  World rarely(scenario_of(kBusy), 7);
  World other(scenario_of(kBusy), 8);
  int compared = 0;
  int differs = 0;
  for (int i = 0; i < 80'000; ++i) {
    const Address host = v4(i % 4, 1 + i / 4 % 4);
    const Duration at = 1s * i;
    const Fate fate = often.send(host, Protocol::icmp, at, 5);
    if (i % 97 != 0) continue;
    ++compared;
    REQUIRE(same(rarely.send(host, Protocol::icmp, at, 5), fate));
    differs += same(other.send(host, Protocol::icmp, at, 5), fate) ? 0 : 1;
  }
  CHECK(compared > 800);
  CHECK(differs > 400);
}

TEST_CASE("a nonce decides single packets and nothing else") {
  World world(scenario_of(network_text(
                  "    hosts: [{count: 16, loss: 0.5}]\n    incidents: [{kind: outage, at: 1h, for: 1h}]\n")),
              7);
  int lost = 0;
  for (std::uint64_t nonce = 0; nonce < 10'000; ++nonce) {
    lost += world.send(v4(0, 1), Protocol::icmp, 1s, nonce).kind == FateKind::lost ? 1 : 0;
  }
  CHECK(lost / 10'000.0 == Approx(0.5).margin(0.02));
  for (std::uint64_t nonce = 0; nonce < 100; ++nonce) {
    CHECK(world.send(v4(0, 1), Protocol::icmp, 1h, nonce).kind == FateKind::lost);
  }
}

TEST_CASE("the order of networks in the file does not matter") {
  const std::string head = "length: 1d\nnetworks:\n";
  const auto network = [](const std::string& name, int third) {
    return "  - {name: " + name + ", prefixes: [10.0." + std::to_string(third) +
           ".0/24], hosts: [{count: 4}], delay: \"uniform(10ms, 200ms)\", noise: {share: 0.1, mean_bad: 5s}, "
           "incidents: [{kind: "
           "blip, at: \"uniform(1h, 2h)\", for: 90s, gap: \"exponential(1h)\", repeat: 9}]}\n";
  };
  World one(scenario_of(head + network("a", 1) + network("b", 2)), 3);
  World two(scenario_of(head + network("b", 2) + network("a", 1)), 3);
  for (int i = 0; i < 20'000; ++i) {
    for (const int third : {1, 2}) {
      const Fate first = one.send(v4(third, 1), Protocol::icmp, 4s * i, 0);
      const Fate second = two.send(v4(third, 1), Protocol::icmp, 4s * i, 0);
      REQUIRE(first.kind == second.kind);
      REQUIRE(first.after == second.after);
    }
  }
  CHECK(one.truth()[0].start != one.truth()[9].start);
}

TEST_CASE("repeated networks lie side by side under names of their own") {
  const std::string groups = "hosts: [{count: 3}, {silent: true, addresses: [10.0.0.1]}]";
  World world(scenario_of("networks: [{name: kp, count: 12, prefixes: [10.0.0.0/24, 10.0.3.0/24], " + groups + "}]"),
              1);
  REQUIRE(world.networks() == 12);
  CHECK(world.network_name(0) == "kp-01");
  CHECK(world.network_name(11) == "kp-12");
  // The named address is left out when the others are dealt.
  CHECK(world.hosts_of(0) == std::vector<Address>{v4(0, 2), v4(3, 1), v4(0, 3), v4(0, 1)});
  CHECK(world.hosts_of(11)[1] == v4(47, 1));
  CHECK(world.send(v4(44, 1), Protocol::icmp, 0s, 0).why == LossCause::silent_host);
}

TEST_CASE("the truth is written with what was asked and lost, second by second") {
  World world(
      scenario_of(network_text(kSixteenHosts + "    incidents: [{kind: blip, name: short, at: 2s, for: 1s}]\n")), 1);
  std::ostringstream before;
  write_truth(before, world);
  CHECK_FALSE(nlohmann::json::parse(before.str()).contains("counts"));
  world.record(1s);
  for (int i = 0; i < 8; ++i) (void)world.send(v4(0, 1), Protocol::icmp, 500ms * i, 0);
  std::ostringstream out;
  write_truth(out, world);
  const nlohmann::json truth = nlohmann::json::parse(out.str());
  CHECK(truth["incidents"].size() == 1);
  CHECK(truth["incidents"][0]["network"] == "net");
  CHECK(truth["incidents"][0]["kind"] == "blip");
  CHECK(truth["incidents"][0]["name"] == "short");
  CHECK(truth["incidents"][0]["start_s"] == 2.0);
  CHECK(truth["incidents"][0]["end_s"] == 3.0);
  const nlohmann::json& rows = truth["counts"]["networks"]["net"];
  REQUIRE(rows.size() == 4);
  CHECK(truth["counts"]["columns"][2] == "answered");
  CHECK(truth["counts"]["columns"][4] == "incident");
  CHECK(rows[1] == nlohmann::json({1, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0}));
  CHECK(rows[2] == nlohmann::json({2, 2, 0, 0, 2, 0, 0, 0, 0, 0, 0}));
  CHECK_FALSE(truth.contains("lab"));
  std::ostringstream more;
  write_truth(more, world, R"("lab":{"requests":8})");
  CHECK(nlohmann::json::parse(more.str())["lab"]["requests"] == 8);
}
