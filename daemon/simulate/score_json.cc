#include <cmath>
#include <nlohmann/json.hpp>

#include "daemon/simulate/score_report.h"

namespace blipd {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json to_json(const Percentiles& p) { return {{"p50", number(p.p50)}, {"p95", number(p.p95)}, {"p99", number(p.p99)}}; }

Json to_json(const ErrorStats& e) {
  return {{"count", e.count},
          {"median", number(e.median)},
          {"median_size", number(e.median_size)},
          {"p95_size", number(e.p95_size)},
          {"greatest_size", number(e.greatest_size)}};
}

Json to_json(const Rate& r) {
  return {{"count", r.count},
          {"network_months", number(r.months)},
          {"per_network_month", number(r.per_month)},
          {"upper", number(r.upper)}};
}

Json kinds(const Score& s) {
  Json list = Json::array();
  for (const KindScore& k : s.kinds) {
    list.push_back({{"kind", to_string(k.kind)},
                    {"incidents", k.incidents},
                    {"found", k.found},
                    {"right", k.right},
                    {"delay_s", to_json(k.delay)},
                    {"onset_error_s", to_json(k.onset)},
                    {"offset_error_s", to_json(k.offset)},
                    {"duration_error_s", to_json(k.duration)}});
  }
  return list;
}

Json bins(const Score& s) {
  Json list = Json::array();
  for (const BinScore& b : s.bins) {
    list.push_back({{"from_s", b.from},
                    {"to_s", number(b.to)},
                    {"incidents", b.incidents},
                    {"found", b.found},
                    {"dark", b.dark},
                    {"dark_found", b.dark_found}});
  }
  return list;
}

/// {was: {said: count}}, zeros left out.
Json confusion(const Score& s) {
  Json table = Json::object();
  for (std::size_t row = 0; row < kScoreClasses; ++row) {
    for (std::size_t column = 0; column < kScoreClasses; ++column) {
      if (s.confusion[row][column] > 0) {
        const std::string was(to_string(static_cast<ScoreClass>(row)));
        const std::string said(to_string(static_cast<ScoreClass>(column)));
        table[was][said] = s.confusion[row][column];
      }
    }
  }
  return table;
}

Json classes(const Score& s) {
  Json list = Json::array();
  for (const ClassScore& c : s.classes) {
    list.push_back({{"class", to_string(c.score_class)},
                    {"incidents", c.incidents},
                    {"right", c.right},
                    {"wrong", c.wrong},
                    {"f1", number(c.f1)}});
  }
  return list;
}

}  // namespace

std::string score_json(const Score& score, std::string_view title) {
  const Score& s = score;
  Json out;
  out["title"] = title;
  out["void"] = !s.caps_broken.empty();
  out["caps_broken"] = s.caps_broken;
  out["networks"] = s.networks;
  out["network_months"] = number(s.network_months);
  out["events"] = {{"told", s.events}, {"retracted", s.retracted}, {"open_at_end", s.open_at_end}};
  out["incidents"] = {{"to_report", s.incidents}, {"found", s.found}, {"hidden", s.hidden}};
  out["by_incident"] = {{"precision", number(s.precision)}, {"recall", number(s.recall)}, {"f1", number(s.f1)}};
  out["by_time"] = {{"precision", number(s.time_precision)},
                    {"recall", number(s.time_recall)},
                    {"f1", number(f1(s.time_precision, s.time_recall))}};
  out["brier"] = number(s.brier);
  out["kinds"] = kinds(s);
  out["durations"] = bins(s);
  out["longest_dark_missed_s"] = s.longest_dark_missed;
  out["onset_error_s"] = to_json(s.onset);
  out["offset_error_s"] = to_json(s.offset);
  out["duration_error_s"] = to_json(s.duration);
  out["onset_within_stated"] = number(s.onset_within_stated);
  out["confusion"] = confusion(s);
  out["classes"] = classes(s);
  out["macro_f1"] = number(s.macro_f1);
  out["pattern"] = {{"right", s.pattern_right}, {"wrong", s.pattern_wrong}, {"not_said", s.pattern_unsaid}};
  out["fragments"] = {{"mean", number(s.fragments_mean)}, {"most", s.fragments_most}, {"merges", s.merges}};
  out["false_alarms"] = to_json(s.false_alarms);
  out["false_dark"] = to_json(s.false_dark);
  out["false_vantage"] = s.false_vantage;
  out["flapping"] = {
      {"episodes", s.flapping_episodes}, {"alerts_mean", number(s.alerts_per_episode)}, {"alerts_most", s.alerts_most}};
  out["vantage_leaks"] = {{"standing", s.leaks}, {"retracted", s.leaks_retracted}};
  out["dark"] = {{"incidents", s.dark}, {"reported", s.dark_reported}};
  out["spotty_called_dark"] = {
      {"incidents", s.spotty}, {"called_dark", s.spotty_called_dark}, {"alarms", to_json(s.dark_alarms_while_spotty)}};
  out["void_share"] = number(s.void_share);
  out["success_ratio"] = {{"samples", s.ratios},
                          {"coverage", number(s.ratio_coverage)},
                          {"error_mean", number(s.ratio_error_mean)},
                          {"error_p95", number(s.ratio_error_p95)}};
  out["traffic"] = {{"probes", s.traffic.probes},
                    {"probes_per_hour_and_network", number(s.probes_per_hour)},
                    {"busiest_network_per_hour", s.traffic.busiest_network_per_hour},
                    {"busiest_prefix_per_second", s.traffic.busiest_prefix_per_second},
                    {"cap_network_per_hour", s.caps.network_per_hour},
                    {"cap_prefix_per_second", s.caps.prefix_per_second}};
  // Names come from a file and may hold anything; a byte that is no UTF-8 must not throw.
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace blipd
