#include "daemon/simulate/flap_process.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/unit/simulate/scenario_input.h"

using namespace blipd;

namespace {

FlappingSpec spec_of(bool poisson, double jitter) {
  FlappingSpec spec;
  spec.period = 20min;
  spec.jitter = jitter;
  spec.poisson = poisson;
  spec.down = *parse_distribution("normal(90s, 30s, 20s, 240s)", Quantity::duration);
  spec.stagger = *parse_distribution("uniform(0s, 90s)", Quantity::duration);
  spec.loop = 3s;
  return spec;
}

std::vector<double> falls_of(const FlappingSpec& spec, Duration end) {
  FlapProcess process(spec, 11, 0s, end);
  std::vector<double> falls;
  for (Duration at{}; at < end; at = process.cycle_at(at).next) falls.push_back(to_seconds(process.cycle_at(at).falls));
  return falls;
}

struct Spread {
  double mean = 0;
  double variation = 0;
};
Spread spread_of(const std::vector<double>& falls) {
  double sum = 0;
  double squares = 0;
  const auto count = static_cast<double>(falls.size() - 1);
  for (std::size_t i = 1; i < falls.size(); ++i) {
    sum += falls[i] - falls[i - 1];
    squares += (falls[i] - falls[i - 1]) * (falls[i] - falls[i - 1]);
  }
  const double mean = sum / count;
  return {mean, std::sqrt(squares / count - mean * mean) / mean};
}

}  // namespace

TEST_CASE("falls come with their period, steady or as a Poisson process") {
  // About 2,000 periods: the mean's standard error is 0.34 % at a variation of 0.15, and 2.2 % at 1.
  const Spread steady = spread_of(falls_of(spec_of(false, 0.15), 40000min));
  CHECK(steady.mean == Approx(1200).epsilon(0.012));
  CHECK(steady.variation == Approx(0.15).epsilon(0.08));
  const Spread irregular = spread_of(falls_of(spec_of(true, 0), 40000min));
  CHECK(irregular.mean == Approx(1200).epsilon(0.08));
  CHECK(irregular.variation == Approx(1.0).epsilon(0.12));
  const Spread exact = spread_of(falls_of(spec_of(false, 0), 4000min));
  CHECK(exact.variation < 1e-6);
}

TEST_CASE("each prefix falls within the stagger, stays dark for its time, and packets circle at both ends") {
  const FlappingSpec spec = spec_of(false, 0.15);
  FlapProcess process(spec, 11, 0s, 24h);
  double least_down = 1e9;
  double most_down = 0;
  double most_stagger = 0;
  for (Duration at{}; at < 24h; at = process.cycle_at(at).next) {
    const FlapProcess::Cycle cycle = process.cycle_at(at);
    if (cycle.next == 24h) break;
    bool differ = false;
    for (std::size_t prefix = 0; prefix < 4; ++prefix) {
      const FlapProcess::Darkness dark = process.darkness(prefix);
      CHECK(dark.to - dark.from == cycle.down);
      least_down = std::min(least_down, to_seconds(cycle.down));
      most_down = std::max(most_down, to_seconds(cycle.down));
      most_stagger = std::max(most_stagger, to_seconds(dark.from - cycle.falls));
      differ = differ || dark.from != process.darkness(0).from;
    }
    CHECK(differ);
    const FlapProcess::Darkness dark = process.darkness(2);
    CHECK(process.state_at(2, dark.from - 1ns) == RouteState::there);
    CHECK(process.state_at(2, dark.from) == RouteState::looping);
    CHECK(process.state_at(2, dark.from + 3s) == RouteState::gone);
    CHECK(process.state_at(2, dark.to - 3s) == RouteState::looping);
    CHECK(process.state_at(2, dark.to) == RouteState::there);
  }
  CHECK(least_down >= 20);
  CHECK(most_down <= 240);
  CHECK(most_down > 100);
  CHECK(most_stagger > 70);
  CHECK(most_stagger < 90);
}

TEST_CASE("an episode is told from the first fall to the last return") {
  const FlappingSpec spec = spec_of(false, 0);
  const FlapSummary summary = summarise_flaps(FlapProcess(spec, 11, 2h, 14h), 4, 2h, 14h);
  CHECK(summary.falls == 36);
  CHECK(summary.first_fall >= 2h);
  CHECK(summary.first_fall <= 2h + 90s);
  CHECK(summary.last_return > 13h + 40min);
  CHECK(summary.last_return <= 13h + 40min + 330s);
  // 90 s of 20 min, and a little more because the episode ends with a darkness.
  CHECK(summary.loss == Approx(90.0 / 1200).epsilon(0.2));
}

TEST_CASE("with loss between the falls the episode fills its whole time") {
  FlappingSpec spec = spec_of(false, 0);
  spec.between = *parse_distribution("uniform(0.05, 0.4)", Quantity::number);
  const FlapSummary summary = summarise_flaps(FlapProcess(spec, 11, 2h, 14h), 4, 2h, 14h);
  CHECK(summary.first_fall == 2h);
  CHECK(summary.last_return == 14h);
  CHECK(summary.loss == Approx(0.075 + 0.925 * 0.225).margin(0.04));
}
