#include "daemon/detect/fall_memory.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

namespace blipd {
namespace {

constexpr double kMostPenalty = 3;
constexpr Duration kSameFall = std::chrono::minutes(2);
/// What is left of one fall after 69 minutes, at a half-life of an hour: falls that come closer belong together.
constexpr double kForgotten = 0.45;

}  // namespace

double FallMemory::penalty(Instant now) const {
  if (falls_ == 0) return 0;
  const double ages = to_seconds(std::max(now - recent(0), Duration::zero())) / to_seconds(half_life_);
  return penalty_ * std::exp2(-ages);
}

void FallMemory::fall(Instant at) {
  if (falls_ != 0 && at - recent(0) < kSameFall) return;
  if (penalty(at) < kForgotten) {
    falls_ = told_ = 0;
    longest_ = {};
  }
  penalty_ = std::min(kMostPenalty, (falls_ == 0 ? 0 : penalty(at)) + 1);
  at_[falls_ % kKept] = at;
  ++falls_;
}

void FallMemory::resume(Instant newest, std::uint64_t falls, Duration period, bool steady) {
  clear();
  falls_ = falls;
  const double decay = std::exp2(-to_seconds(period) / to_seconds(half_life_));
  for (std::size_t i = 0; i < kept(); ++i) {
    penalty_ = std::min(kMostPenalty, penalty_ * decay + 1);
    // Without a beat every other one comes sooner; the mean stays.
    const Duration off = !steady && i % 2 == 1 ? 3 * period / 4 : Duration{};
    at_[(falls_ - 1 - i) % kKept] = newest - static_cast<Duration::rep>(i) * period - off;
  }
}

void FallMemory::take_back(Instant since) {
  std::vector<Instant> kept_falls;
  for (std::size_t back = kept(); back-- != 0;) {
    if (recent(back) < since) kept_falls.push_back(recent(back));
  }
  const Duration longest = longest_;
  const std::uint64_t none = std::min<std::uint64_t>(kept() - kept_falls.size(), falls());
  const std::uint64_t untold = falls() - none;
  clear();
  for (const Instant at : kept_falls) fall(at);
  if (falls_ == 0) return;
  longest_ = longest;
  told_ = falls_ - std::min(falls_, untold);
}

Instant FallMemory::first() const {
  return recent(std::max<std::size_t>(std::min<std::uint64_t>(kept(), falls()), 1) - 1);
}

std::optional<Duration> FallMemory::period() const {
  const std::size_t n = kept();
  if (n < 2) return std::nullopt;
  return (recent(0) - recent(n - 1)) / static_cast<Duration::rep>(n - 1);
}

bool FallMemory::steady() const {
  const std::size_t n = kept();
  if (n < 4) return false;
  const double mean = to_seconds(*period());
  double squares = 0;
  for (std::size_t i = 0; i + 1 < n; ++i) {
    const double off = to_seconds(recent(i) - recent(i + 1)) - mean;
    squares += off * off;
  }
  return std::sqrt(squares / static_cast<double>(n - 1)) < mean / 2;
}

}  // namespace blipd
