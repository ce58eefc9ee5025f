#include "daemon/simulate/score.h"

#include <chrono>
#include <cmath>
#include <cstdio>
#include <utility>

#include "daemon/simulate/score_cases.h"
#include "daemon/simulate/score_counts.h"

namespace blipd {
namespace {

/// A rate computed from counts may exceed the cap it was held to by rounding alone.
constexpr double kRounding = 1e-9;

std::string broken(const char* what, double sent, double cap, const char* unit) {
  char text[160];
  std::snprintf(text, sizeof text, "%s: %.3f %s sent, %.3f allowed", what, sent, unit, cap);
  return text;
}

void count_traffic(const ScoreInput& input, Score& out) {
  const double network_hours = months_of(input.length) * 720 * static_cast<double>(input.networks.size());
  out.probes_per_hour = ratio(static_cast<double>(input.traffic.probes), network_hours);
  out.traffic = input.traffic;
  out.caps = input.caps;
  const auto exceeds = [](double sent, double cap) { return cap > 0 && sent > cap * (1 + kRounding); };
  if (exceeds(input.traffic.busiest_network_per_hour, input.caps.network_per_hour)) {
    out.caps_broken.push_back(broken("busiest network", input.traffic.busiest_network_per_hour,
                                     input.caps.network_per_hour, "probes an hour"));
  }
  if (exceeds(input.traffic.busiest_prefix_per_second, input.caps.prefix_per_second)) {
    out.caps_broken.push_back(broken("busiest /24", input.traffic.busiest_prefix_per_second,
                                     input.caps.prefix_per_second, "probes a second"));
  }
}

void count_ratios(const ScoreInput& input, Score& out) {
  std::size_t covered = 0;
  double sum = 0;
  std::vector<double> errors;
  for (const RatioSample& s : input.ratios) {
    covered += s.lower <= s.truth && s.truth <= s.upper ? 1U : 0U;
    errors.push_back(std::abs(s.told - s.truth));
    sum += errors.back();
  }
  const auto n = static_cast<double>(errors.size());
  out.ratios = errors.size();
  out.ratio_coverage = ratio(static_cast<double>(covered), n);
  out.ratio_error_mean = ratio(sum, n);
  out.ratio_error_p95 = percentile(std::move(errors), 0.95);
}

}  // namespace

Score score(const ScoreInput& input) {
  Score out;
  const Cases cases = make_cases(input);
  out.networks = input.networks.size();
  out.network_months = months_of(input.length) * static_cast<double>(input.networks.size());
  count_found(input, cases, out);
  count_classes(cases, out);
  count_alarms(input, cases, out);
  count_brier(input, cases, out);
  count_ratios(input, out);
  count_traffic(input, out);
  out.void_share =
      ratio(static_cast<double>(input.void_outside_vantage), static_cast<double>(input.probes_outside_vantage));
  return out;
}

SpanSet vantage_times(const std::vector<TrueIncident>& truth, Duration margin) {
  std::vector<Span> spans;
  for (const TrueIncident& t : truth) {
    if (t.kind == IncidentKind::vantage) {
      spans.push_back({t.start - margin, t.end + margin});
    }
  }
  return SpanSet(std::move(spans));
}

}  // namespace blipd
