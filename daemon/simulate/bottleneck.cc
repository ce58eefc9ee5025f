#include "daemon/simulate/bottleneck.h"

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <optional>

namespace blipd {
namespace {

Duration from_seconds(double seconds) { return Duration(static_cast<Duration::rep>(seconds * 1e9)); }

}  // namespace

Bottleneck::Bottleneck(const CongestionSpec& spec) : spec_(&spec) {
  const double least = spec.load_from / spec.capacity;
  const double most = spec.load_to / spec.capacity;
  if (most <= 1) return;
  const double part = std::clamp((1 - least) / (most - least), 0.0, 1.0);
  overload_from_ = to_seconds(spec.ramp) * part;
  overload_to_ = to_seconds(spec.ramp + spec.hold) + to_seconds(spec.fall) * (1 - part);
}

Duration Bottleneck::end() const { return spec_->ramp + spec_->hold + spec_->fall; }

double Bottleneck::load_at(Duration at) const {
  const double least = spec_->load_from / spec_->capacity;
  const double most = spec_->load_to / spec_->capacity;
  if (at < Duration::zero() || at >= end()) return least;
  if (at < spec_->ramp) return least + (most - least) * to_seconds(at) / to_seconds(spec_->ramp);
  if (at < spec_->ramp + spec_->hold) return most;
  return most - (most - least) * to_seconds(at - spec_->ramp - spec_->hold) / to_seconds(spec_->fall);
}

double Bottleneck::excess(double from, double to) const {
  // The load is linear between these corners, so the trapezoid rule is exact.
  const double ramp = to_seconds(spec_->ramp);
  const double hold = ramp + to_seconds(spec_->hold);
  const double last = to_seconds(end());
  const auto load = [this, last](double at, bool before) {
    // At the very end the load may jump; the value just before it belongs to the stretch that ends there.
    if (before && at >= last)
      return (spec_->fall > Duration::zero() ? spec_->load_from : spec_->load_to) / spec_->capacity;
    return load_at(from_seconds(at));
  };
  double sum = 0;
  double left = from;
  for (const double corner : {ramp, hold, last, to}) {
    const double right = std::clamp(corner, left, to);
    if (right > left) sum += (load(left, false) + load(right, right <= last)) / 2 * (right - left) - (right - left);
    left = right;
  }
  return sum;
}

double Bottleneck::fluid_at(double at) const {
  if (overload_to_ <= overload_from_ || at <= overload_from_) return 0;
  const double buffer = to_seconds(spec_->buffer);
  const double full = std::min(buffer, excess(overload_from_, std::min(at, overload_to_)));
  return at <= overload_to_ ? full : std::max(0.0, full + excess(overload_to_, at));
}

Duration Bottleneck::queue_at(Duration at) const {
  const double buffer = to_seconds(spec_->buffer);
  const auto bursts = [this, buffer](double load) {
    if (spec_->burst == Duration::zero()) return 0.0;
    return load < 1 ? std::min(to_seconds(spec_->burst) * load / (1 - load), buffer) : buffer;
  };
  // Before the ramp the link carried its load already; that queue is part of the hosts' usual delay.
  const double usual = bursts(spec_->load_from / spec_->capacity);
  const double queue = std::max(fluid_at(to_seconds(at)), bursts(load_at(at)));
  return from_seconds(std::max(queue - usual, 0.0));
}

double Bottleneck::loss_at(Duration at) const {
  const double load = load_at(at);
  if (load <= 1) return 0;
  // A nanosecond less than full is full: times are whole nanoseconds.
  return fluid_at(to_seconds(at)) + 1e-9 >= to_seconds(spec_->buffer) ? 1 - 1 / load : 0;
}

Bottleneck::Summary Bottleneck::summarise() const {
  const Duration last = end();
  const Duration noticed = spec_->buffer / 10;
  constexpr int kSteps = 4096;
  std::optional<Duration> loss_from;
  std::optional<Duration> loss_to;
  std::optional<Duration> delay_from;
  std::optional<Duration> delay_to;
  double sum = 0;
  const auto moment = [last](int step) {
    return step >= kSteps ? last
                          : Duration(static_cast<Duration::rep>(static_cast<double>(last.count()) * step / kSteps));
  };
  for (int step = 0; step <= kSteps; ++step) {
    const Duration at = moment(step);
    const double loss = loss_at(at);
    sum += loss * to_seconds(last) / kSteps;
    const Duration next = moment(step + 1);
    if (loss > 0) {
      if (!loss_from) loss_from = at;
      loss_to = next;
    }
    if (queue_at(at) > noticed) {
      if (!delay_from) delay_from = at;
      delay_to = next;
    }
  }
  if (loss_from && *loss_to > *loss_from)
    return {*loss_from, *loss_to, std::clamp(sum / to_seconds(*loss_to - *loss_from), 0.0, 1.0)};
  if (delay_from && *delay_to > *delay_from) return {*delay_from, *delay_to, 0};
  return {Duration::zero(), last, 0};
}

}  // namespace blipd
