// bench_detection: blipd and the five baselines over the same scenarios, each scored against what really happened.
#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/simulate/scenario.h"
#include "daemon/simulate/score.h"
#include "daemon/simulate/score_report.h"
#include "daemon/simulate/simulation.h"
#include "tests/bench/detection/asked_world.h"
#include "tests/bench/detection/baseline.h"
#include "tests/bench/detection/cost.h"
#include "tests/bench/detection/report.h"

namespace blipd::bench {
namespace {

struct Options {
  std::vector<std::string> files;
  std::string budget = "fast";
  int per_hour = 0;  ///< in place of a budget: so many probes an hour to each network
  std::string only;  ///< part of a name
  std::uint64_t seed = 0;
  bool json = false;
};

TrafficCaps caps_of(const std::string& budget, int per_hour) {
  if (per_hour > 0) {
    return {.network_per_hour = static_cast<double>(per_hour), .prefix_per_second = 0};
  }
  if (budget == "fast") {
    return {.network_per_hour = 0, .prefix_per_second = 0.39};
  }
  if (budget == "equal") {
    return {.network_per_hour = 20, .prefix_per_second = 0};
  }
  return {};
}

/// The mapping at `key`, made if there is none.
OptionValue& mapping_at(OptionValue& parent, const std::string& key) {
  parent.kind = OptionValue::Kind::mapping;
  for (OptionValue::Entry& entry : parent.entries) {
    if (entry.key == key) {
      return entry.value;
    }
  }
  OptionValue::Entry entry;
  entry.key = key;
  parent.entries.push_back(std::move(entry));
  return parent.entries.back().value;
}

/// Holds blipd to the budget by its own limits.
void limit(Scenario& scenario, const TrafficCaps& caps) {
  if (caps.prefix_per_second > 0 || caps.network_per_hour > 0) {
    scenario.mine = false;
  }
  if (caps.network_per_hour > 0) {
    OptionValue& limits = mapping_at(scenario.blipd, "limits");
    OptionValue& value = mapping_at(limits, "per_network_per_hour");
    value.kind = OptionValue::Kind::scalar;
    value.text = std::to_string(static_cast<int>(caps.network_per_hour));
  }
}

double network_months(const ScoreInput& input) {
  return to_seconds(input.length) / to_seconds(std::chrono::days(30)) * static_cast<double>(input.networks.size());
}

Scored scored(const Baseline& baseline, const Scenario& scenario, std::uint64_t seed, ScoreInput input) {
  const CostMeter meter;
  AskedWorld world(scenario, seed);
  CountedAsked counted(world, world.networks());
  input.events.clear();
  input.ratios.clear();
  input.probes_outside_vantage = 0;
  input.void_outside_vantage = 0;
  const Run run{.begin = input.begin, .length = input.length, .seed = seed};
  std::size_t hosts = 0;
  for (const AskedNetwork& network : world.networks()) {
    hosts += network.hosts();
    for (Event& event : baseline.watch(counted, network, run)) {
      input.events.push_back(std::move(event));
    }
  }
  const Cost cost = meter.cost(network_months(input), hosts);
  input.traffic = counted.traffic(input.length);
  return {std::string(baseline.name()), score(input), cost};
}

Result<std::vector<Scored>> run(const std::string& file, const Options& options) {
  Result<Scenario> scenario = load_scenario(file);
  if (!scenario) {
    return scenario.error();
  }
  const TrafficCaps caps = caps_of(options.budget, options.per_hour);
  limit(*scenario, caps);
  const std::uint64_t seed = options.seed != 0 ? options.seed : scenario->seed;
  const auto wanted = [&](std::string_view name) { return name.find(options.only) != std::string_view::npos; };
  std::vector<Scored> all;
  // The truth and the borders of the classes come from where blipd's own run has them.
  SimulationOptions simulation;
  simulation.seed = seed;
  ScoreInput input;
  if (wanted("blipd")) {
    const CostMeter meter;
    Result<SimulationResult> result = simulate(*scenario, simulation);
    if (!result) {
      return result.error();
    }
    const Cost cost = meter.cost(network_months(result->input), result->hosts);
    input = std::move(result->input);
    input.caps = caps;
    all.push_back({"blipd", score(input), cost});
  } else {
    const World world(*scenario, seed);
    input.begin = Instant(std::chrono::hours(48));
    input.length = scenario->length;
    input.truth.assign(world.truth().begin(), world.truth().end());
    input.caps = caps;
    for (std::size_t i = 0; i < world.networks(); ++i) {
      input.networks.emplace_back(world.network_name(i));
    }
  }
  for (const std::unique_ptr<Baseline>& baseline : all_baselines()) {
    if (wanted(baseline->name())) {
      all.push_back(scored(*baseline, *scenario, seed, input));
    }
  }
  return all;
}

int run_all(const Options& options) {
  const char* separator = "[\n";
  for (const std::string& file : options.files) {
    const Result<std::vector<Scored>> all = run(file, options);
    if (!all) {
      std::fprintf(stderr, "bench_detection: %s\n", all.error().message.c_str());
      return 1;
    }
    for (const Scored& s : *all) {
      const std::string title = file + ": " + s.name;
      if (options.json) {
        std::printf("%s%s", separator, run_json(s, title).c_str());
        separator = ",\n";
      } else {
        std::printf("%s\n", score_text(s.score, title).c_str());
      }
    }
    if (!options.json) {
      std::printf("%s\n", summary(*all).c_str());
    }
  }
  if (options.json) {
    std::puts("]");
  }
  return 0;
}

}  // namespace
}  // namespace blipd::bench

int main(int argc, char** argv) {
  blipd::bench::Options options;
  CLI::App app("Runs blipd and the five baselines over scenarios, and scores them.");
  app.add_option("scenario", options.files, "scenario files")->required();
  app.add_option("--budget", options.budget, "fast: 0.39 probes/s and /24; equal: 20 probes/h and network; none")
      ->check(CLI::IsMember({"fast", "equal", "none"}));
  app.add_option("--per-hour", options.per_hour, "in place of a budget: so many probes an hour to each network")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--only", options.only, "those whose name contains this: blipd, B1, ...");
  app.add_option("--seed", options.seed, "in place of the scenario's; 0: the scenario's");
  app.add_flag("--json", options.json, "a JSON array, one object for each run");
  CLI11_PARSE(app, argc, argv);
  return blipd::bench::run_all(options);
}
