#include "daemon/simulate/flap_process.h"

#include <algorithm>

#include "daemon/simulate/loss_process.h"

namespace blipd {
namespace {

/// A period is drawn no shorter than this part of its mean, so that falls keep their order and do not pile up.
constexpr double kShortestPeriod = 0.25;

}  // namespace

FlapProcess::FlapProcess(const FlappingSpec& spec, std::uint64_t seed, Duration start, Duration end)
    : spec_(&spec), random_(seed), seed_(seed), end_(end) {
  cycle_.next = start;
  advance();
  cycle_.number = 0;
}

void FlapProcess::advance() {
  const auto period = static_cast<double>(spec_->period.count());
  double length = 0;
  if (spec_->poisson) {
    length = std::min(random_.exponential(period), static_cast<double>(kLongestStay.count()));
  } else {
    length = std::max(random_.normal(period, spec_->jitter * period), kShortestPeriod * period);
  }
  ++cycle_.number;
  cycle_.falls = cycle_.next;
  cycle_.next = std::min(cycle_.falls + Duration(1 + static_cast<Duration::rep>(length)), end_);
  cycle_.down = spec_->down.draw_duration(random_, cycle_.number);
  between_ = spec_->between.draw(random_, cycle_.number);
}

const FlapProcess::Cycle& FlapProcess::cycle_at(Duration at) {
  while (at >= cycle_.next && cycle_.next < end_) advance();
  return cycle_;
}

FlapProcess::Darkness FlapProcess::darkness(std::size_t prefix) const {
  Random random(seed_for(seed_for(seed_, cycle_.number), prefix));
  const Duration from = cycle_.falls + spec_->stagger.draw_duration(random, prefix);
  return {std::min(from, cycle_.next), std::min(from + cycle_.down, cycle_.next)};
}

RouteState FlapProcess::state_at(std::size_t prefix, Duration at) {
  cycle_at(at);
  const Darkness dark = darkness(prefix);
  if (at < dark.from || at >= dark.to) return RouteState::there;
  return at < dark.from + spec_->loop || at >= dark.to - spec_->loop ? RouteState::looping : RouteState::gone;
}

double FlapProcess::loss_between(Duration at) {
  cycle_at(at);
  return between_;
}

FlapSummary summarise_flaps(FlapProcess process, std::size_t prefixes, Duration start, Duration end) {
  FlapSummary summary;
  summary.first_fall = end;
  summary.last_return = start;
  double lost = 0;
  double lost_between = 0;
  for (Duration at = start; at < end;) {
    const double between = process.loss_between(at);
    const FlapProcess::Cycle cycle = process.cycle_at(at);
    ++summary.falls;
    for (std::size_t prefix = 0; prefix < prefixes; ++prefix) {
      const FlapProcess::Darkness dark = process.darkness(prefix);
      const Duration darkness = dark.to - dark.from;
      lost += to_seconds(darkness);
      lost_between += to_seconds(cycle.next - cycle.falls - darkness) * between;
      if (darkness <= Duration::zero()) continue;
      summary.first_fall = std::min(summary.first_fall, dark.from);
      summary.last_return = std::max(summary.last_return, dark.to);
    }
    at = cycle.next;
  }
  if (lost_between > 0 || summary.last_return <= summary.first_fall) {
    summary.first_fall = start;
    summary.last_return = end;
  }
  const double whole = to_seconds(summary.last_return - summary.first_fall) * static_cast<double>(prefixes);
  summary.loss = std::clamp((lost + lost_between) / whole, 0.0, 1.0);
  return summary;
}

}  // namespace blipd
