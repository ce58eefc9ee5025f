#include "daemon/schedule/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace blipd {
namespace {

constexpr Duration kPrefixGap = std::chrono::seconds(1);

Duration seconds_to_duration(double seconds) {
  // A nanosecond more, so that the token is there at the moment named.
  return Duration(static_cast<Duration::rep>(seconds * 1e9) + 1);
}

}  // namespace

void TokenBucket::set(double rate, double capacity) {
  tokens_ = std::min(tokens_ + capacity - capacity_, capacity);
  rate_ = rate;
  capacity_ = capacity;
}

bool TokenBucket::ready(Instant now) {
  if (std::isinf(rate_)) {
    tokens_ = capacity_;
    return true;
  }
  if (now > refilled_) {
    tokens_ = std::min(capacity_, tokens_ + to_seconds(now - refilled_) * rate_);
    refilled_ = now;
  }
  return tokens_ >= 1;
}

Instant TokenBucket::when(Instant now) const {
  if (std::isinf(rate_) || tokens_ >= 1) return now;
  return std::max(now, refilled_ + seconds_to_duration((1 - tokens_) / rate_));
}

bool PrefixBucket::ready(Instant now, double rate) {
  if (used_ == 0) return true;
  const Duration since = now - taken_;
  if (since < kPrefixGap) return false;
  return static_cast<double>(used_) - to_seconds(since) * rate <= kCapacity - 1;
}

void PrefixBucket::take(Instant now, double rate) {
  const double refilled = to_seconds(now - taken_) * rate;
  used_ = static_cast<float>(std::max(0.0, static_cast<double>(used_) - refilled)) + 1;
  taken_ = now;
}

Instant PrefixBucket::when(Instant now, double rate) const {
  const double missing = static_cast<double>(used_) - (static_cast<double>(kCapacity) - 1);
  const Instant refilled = missing > 0 ? taken_ + seconds_to_duration(missing / rate) : taken_;
  return std::max({now, taken_ + kPrefixGap, refilled});
}

}  // namespace blipd
