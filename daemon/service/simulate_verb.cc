#include "daemon/service/simulate_verb.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "daemon/export/event_json.h"
#include "daemon/export/page_text.h"
#include "daemon/simulate/scenario_config.h"
#include "daemon/simulate/score_report.h"
#include "daemon/simulate/simulation.h"
#include "daemon/simulate/world_truth.h"

namespace blipd {
namespace {

constexpr std::size_t kNameWidth = 16;

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

/// "2014-12-22 16:15:00 UTC" where the scenario says when it starts, else "+24:00:00".
std::string moment(const Scenario& scenario, Duration at) {
  if (scenario.starts != WallTime{}) {
    return format_utc(scenario.starts + std::chrono::duration_cast<WallTime::duration>(at));
  }
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at).count();
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "+%02lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  return text.data();
}

std::string one_decimal(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 1);
  return {text.data(), end.ptr};
}

/// How far back, for people: "9.4 s", or "12 min 3 s".
std::string span_text(Duration d) {
  return d < std::chrono::minutes(1) ? one_decimal(to_seconds(d)) + " s" : format_span(d);
}

class Story {
 public:
  explicit Story(const Scenario& scenario) : scenario_(scenario) {
    for (const NetworkSpec& network : scenario.networks) width_ = std::max(width_, network.name_of(0).size());
    width_ = std::min(width_, 2 * kNameWidth);
  }

  /// Opening, change of name and end; what else is said of an event while it is open is no part of the story.
  void tell(const Event& event, Duration at) {
    const auto known = open_.find(event.id);
    const bool news = known == open_.end() || event.end || known->second != event.event_class;
    const bool renamed = known != open_.end() && !event.end;
    open_[event.id] = event.event_class;
    if (!news) return;
    const std::string who = event.network.empty() ? "vantage" : event.network;
    std::cout << moment(scenario_, at) << "  " << padded(who, width_) << "  "
              << padded(std::string(to_string(event.event_class)), 8) << "  " << (renamed ? "after all, " : "")
              << sentence(event, at) << '\n';
  }

 private:
  std::string sentence(const Event& event, Duration at) const {
    if (event.end) {
      std::string text =
          event.evidence.retracted ? "taken back" : "over, lasted " + span_text(*event.end - event.start);
      if (event.probes != 0) {
        text += ": " + std::to_string(event.failures) + " of " + std::to_string(event.probes) + " probes failed";
      }
      return text;
    }
    const Duration start = event.start - kSimulationBegin;
    std::string text = "since " + moment(scenario_, start) + " (" + span_text(at - start) + " ago)";
    if (event.hosts_total != 0) {
      text += ", " + std::to_string(event.hosts_affected) + " of " + std::to_string(event.hosts_total) + " hosts";
    }
    return text;
  }

  const Scenario& scenario_;
  std::size_t width_ = kNameWidth / 2;
  std::map<std::uint64_t, EventClass> open_;  ///< by id, as they were last told
};

void print_json(const Scenario& scenario, const SimulationResult& result) {
  const WallAnchor anchor{result.begin, scenario.starts};
  std::cout << "{\"scenario\": " << nlohmann::json(scenario.file).dump() << ", \"seed\": " << result.seed
            << ", \"vantage\": " << nlohmann::json(result.vantage).dump() << ",\n\"events\": [";
  const char* comma = "\n";
  for (const Event& event : result.input.events) {
    std::cout << comma << render_event_json(event, result.vantage, anchor);
    comma = ",\n";
  }
  std::cout << "\n],\n\"score\": " << score_json(result.score, scenario.file) << "}\n";
}

int finish() {
  std::cout << std::flush;
  return std::cout.good() ? kExitFine : kExitFailed;
}

int fail(const Error& error) {
  std::cerr << error.message << '\n';
  return kExitUsage;
}

int cannot_write(const std::string& file) {
  std::cerr << file << ": cannot be written\n";
  return kExitFailed;
}

int print_config(const Scenario& scenario) {
  const Result<std::string> text = probing_yaml(scenario);
  if (text.has_error()) return fail(text.error());
  std::cout << *text;
  return finish();
}

}  // namespace

int run_simulate(const CommandOptions& options) {
  Result<Scenario> scenario = load_scenario(options.scenario_file);
  if (scenario.has_error()) return fail(scenario.error());
  if (options.print_config) {
    if (!options.vantage.empty()) scenario->vantage = options.vantage;
    return print_config(*scenario);
  }
  Story story(*scenario);
  SimulationOptions simulation;
  simulation.seed = options.seed;
  simulation.vantage = options.vantage;
  if (!options.json) {
    simulation.told = [&](const Event& event, Duration at) { story.tell(event, at); };
    std::cout << moment(*scenario, Duration{}) << "  begins: " << scenario->file << ", "
              << format_span(scenario->length) << '\n';
  }
  // Opened before the run, which may take long.
  std::ofstream truth;
  if (!options.truth_file.empty()) {
    truth.open(options.truth_file, std::ios::trunc);
    simulation.played = [&](const World& world) { write_truth(truth, world); };
    if (!truth) return cannot_write(options.truth_file);
  }
  const Result<SimulationResult> result = simulate(*scenario, simulation);
  if (result.has_error()) return fail(result.error());
  truth.close();
  if (!options.truth_file.empty() && !truth) return cannot_write(options.truth_file);
  if (options.json) {
    print_json(*scenario, *result);
  } else {
    std::cout << moment(*scenario, scenario->length) << "  ends: " << result->hosts << " hosts, " << result->probes
              << " probes, seed " << result->seed << ", watched from " << result->vantage << "\n\n"
              << score_text(result->score, scenario->file);
  }
  return finish();
}

}  // namespace blipd
