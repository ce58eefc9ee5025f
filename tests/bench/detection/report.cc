#include "tests/bench/detection/report.h"

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "daemon/simulate/score_report.h"

namespace blipd::bench {
namespace {

std::string figure(double value, const char* format = "%.3f") {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return std::isnan(value) ? "-" : text;
}

}  // namespace

std::string summary(const std::vector<Scored>& all) {
  char line[256];
  std::snprintf(line, sizeof line, "%-16s%7s%10s%9s%9s%12s%8s%9s%8s%7s%5s\n", "", "recall", "precision", "macro-F1",
                "Brier", "false/month", "as dark", "probes/h", "CPU s", "B/host", "run");
  std::string out = line;
  for (const Scored& s : all) {
    std::snprintf(line, sizeof line, "%-16s%7s%10s%9s%9s%12s%8llu%9s%8s%7s%5s\n", s.name.c_str(),
                  figure(s.score.recall).c_str(), figure(s.score.precision).c_str(), figure(s.score.macro_f1).c_str(),
                  figure(s.score.brier, "%.2g").c_str(), figure(s.score.false_alarms.per_month).c_str(),
                  static_cast<unsigned long long>(s.score.dark_alarms_while_spotty.count),
                  figure(s.score.probes_per_hour, "%.1f").c_str(),
                  figure(s.cost.cpu_seconds_per_network_month, "%.3g").c_str(),
                  figure(s.cost.peak_bytes_per_host, "%.0f").c_str(), s.score.caps_broken.empty() ? "" : "VOID");
    out += line;
  }
  out +=
      "(as dark: alarms of total loss during partial loss; probes an hour and network; CPU seconds a\n"
      "network-month and peak bytes a host, both with the simulated world's own)\n";
  return out;
}

std::string run_json(const Scored& run, std::string_view title) {
  using Json = nlohmann::ordered_json;
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  Json out = Json::parse(score_json(run.score, title));
  out["cost"] = {{"cpu_s_per_network_month", number(run.cost.cpu_seconds_per_network_month)},
                 {"peak_bytes_per_host", number(run.cost.peak_bytes_per_host)}};
  return out.dump(2) + "\n";
}

}  // namespace blipd::bench
