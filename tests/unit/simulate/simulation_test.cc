// The shipped schedule, store and detector over small worlds.
#include "daemon/simulate/simulation.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "daemon/simulate/ratio_truth.h"
#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

Scenario scenario_of(const std::string& incidents, const std::string& rest = "") {
  const std::string text =
      "seed: 5\nlength: 1h\n"
      "vantage:\n  name: A\n"
      "  references: {hosts: [192.0.2.1, 192.0.2.2, 192.0.2.3], delay: 5ms}\n" +
      rest +
      "networks:\n  - name: n\n    prefixes: [198.18.1.0/24, 198.18.2.0/24]\n    hosts: [{count: 16, loss: 0}]\n"
      "    delay: 50ms\n" +
      (incidents.empty() ? "" : "    incidents: [" + incidents + "]\n") +
      "blipd:\n  modules: {ping: {prober: icmp, interval: 1s, timeout: 1s}}\n  windows: [1m, 5m]\n";
  Result<Scenario> scenario = parse_scenario(text, "s.yaml");
  if (!scenario) FAIL(scenario.error().message);
  return std::move(*scenario);
}

SimulationResult run(const Scenario& scenario, SimulationOptions options = {}) {
  Result<SimulationResult> result = simulate(scenario, options);
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}

TEST_CASE("a quiet world has no events, loses nothing and keeps to its pace") {
  const SimulationResult result = run(scenario_of(""));
  CHECK(result.input.events.empty());
  CHECK(result.hosts == 16);
  CHECK(result.probes == Approx(16 * 3600).epsilon(0.01));
  CHECK(result.input.traffic.busiest_network_per_hour == Approx(16 * 3600).epsilon(0.01));
  CHECK(result.input.void_outside_vantage == 0);
  CHECK(result.input.probes_outside_vantage == result.probes);
  REQUIRE(result.input.ratios.size() >= 10);
  for (const RatioSample& sample : result.input.ratios) {
    CHECK(sample.told == 1);
    CHECK(sample.truth == 1);
  }
}

TEST_CASE("an outage of the world is the event that is told, while it goes on and when it has ended") {
  struct Told {
    Duration at;
    std::uint64_t id;
    bool ended;
  };
  std::vector<Told> told;
  SimulationOptions options;
  options.told = [&](const Event& event, Duration at) { told.push_back({at, event.id, event.end.has_value()}); };
  const SimulationResult result = run(scenario_of("{kind: outage, at: 20m, for: 10m}"), options);
  REQUIRE(result.input.events.size() == 1);
  const Event& event = result.input.events.front();
  CHECK(event.event_class == EventClass::outage);
  CHECK(event.network == "n");
  CHECK(to_seconds(event.start - result.begin) == Approx(1200).margin(1));
  REQUIRE(event.end);
  CHECK(to_seconds(*event.end - result.begin) == Approx(1800).margin(1));
  // Within seconds, once a minute, and when it has ended.
  REQUIRE(told.size() >= 2);
  CHECK(told.size() <= 12);
  CHECK(told.front().at > 20min);
  CHECK(told.front().at < 20min + 10s);
  CHECK(told.back().at > 30min);
  for (const Told& t : told) {
    CHECK(t.id == told.front().id);
    CHECK(t.ended == (&t == &told.back()));
  }
  CHECK(result.score.found == 1);
  CHECK(result.score.incidents == 1);
}

TEST_CASE("who asks for the truth is shown a world that counted each packet of the networks once") {
  SimulationOptions options;
  std::uint64_t asked = 0;
  std::uint64_t lost = 0;
  options.played = [&](const World& world) {
    CHECK(world.recorded_bucket() == 1s);
    for (const World::Counts& counts : world.counts_of(0)) {
      asked += counts.asked;
      lost += counts.by_cause[static_cast<std::size_t>(LossCause::incident)];
      CHECK(counts.by_cause[0] + counts.by_cause[static_cast<std::size_t>(LossCause::incident)] == counts.asked);
    }
  };
  const SimulationResult result = run(scenario_of("{kind: outage, at: 20m, for: 10m}"), options);
  CHECK(asked == result.probes);
  CHECK(lost > 16 * 590);
}

TEST_CASE("packets are counted in seconds, or in what keeps the rows few") {
  CHECK(truth_interval(1, 1h) == 1s);
  CHECK(truth_interval(1, 24h * 30) == 1s);
  CHECK(truth_interval(100, 24h) == 1min);
  CHECK(truth_interval(1000, 3h) == 1min);
  CHECK(truth_interval(1000, 24h * 30) == 1h);
}

TEST_CASE("loss of 30 % is told about as it is, with the truth inside the interval most of the time") {
  const SimulationResult result = run(scenario_of("{kind: random_loss, at: 0s, for: 1h, loss: 0.3}"));
  REQUIRE(result.input.ratios.size() >= 10);
  for (const RatioSample& sample : result.input.ratios) {
    CHECK(sample.truth == Approx(0.7).margin(0.03));
    CHECK(sample.told == Approx(0.7).margin(0.05));
    CHECK(sample.lower < sample.told);
    CHECK(sample.upper > sample.told);
  }
  CHECK(result.score.ratio_coverage > 0.6);
}

TEST_CASE("trouble of our own side is told once, and no network is blamed") {
  const SimulationResult result = run(scenario_of("", "  incidents: [{kind: vantage, at: 20m, for: 60s}]\n"));
  REQUIRE(result.input.events.size() == 1);
  CHECK(result.input.events.front().event_class == EventClass::vantage);
  CHECK(result.score.leaks == 0);
  CHECK(result.input.void_outside_vantage == 0);
  CHECK(result.input.probes_outside_vantage < result.probes);
}

TEST_CASE("the same seed tells the same, another one another") {
  const Scenario scenario = scenario_of("{kind: random_loss, at: 10m, for: 20m, loss: 0.3}");
  const auto starts = [](const SimulationResult& result) {
    std::vector<double> out;
    for (const Event& event : result.input.events) out.push_back(to_seconds(event.start - result.begin));
    return out;
  };
  SimulationOptions other;
  other.seed = 99;
  CHECK(starts(run(scenario)) == starts(run(scenario)));
  CHECK(starts(run(scenario)) != starts(run(scenario, other)));
}

TEST_CASE("what cannot be played is refused with a sentence") {
  Result<Scenario> web = parse_scenario(
      "length: 1h\nnetworks: [{name: n, prefixes: [198.18.1.0/24], hosts: [{count: 1}]}]\n"
      "blipd: {modules: {web: {prober: http}}}\n",
      "s.yaml");
  REQUIRE(web.has_value());
  const Result<SimulationResult> result = simulate(*web, {});
  REQUIRE(result.has_error());
  CHECK(result.error().message.find("http") != std::string::npos);
}

TEST_CASE("the true ratio counts what the timeout cuts off") {
  const Scenario scenario = scenario_of("");
  const World world(scenario, 1);
  RatioTruth truth(world);
  CHECK(truth.ratio(0, 0s, 60s, 1s) == 1);
  CHECK(truth.ratio(0, 60s, 120s, 10ms) == 0);
}

}  // namespace
}  // namespace blipd
