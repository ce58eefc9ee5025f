#include "daemon/schedule/round.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace blipd {
namespace {

std::uint32_t golden_stride(std::uint32_t count) {
  if (count < 3) return 1;
  constexpr double kGolden = 0.6180339887498949;
  const auto wanted = static_cast<std::uint32_t>(std::lround(static_cast<double>(count) * kGolden));
  for (std::uint32_t away = 0;; ++away) {
    if (wanted + away < count && std::gcd(wanted + away, count) == 1) return wanted + away;
    if (wanted > away && std::gcd(wanted - away, count) == 1) return wanted - away;
  }
}

}  // namespace

Round::Round(std::uint32_t targets, Duration length, Instant start, std::uint64_t seed)
    : targets_(targets),
      length_(length),
      half_length_(length / 2),
      count_{(targets + 1) / 2, targets / 2},
      stride_{golden_stride(count_[0]), golden_stride(count_[1])},
      half_start_(start),
      seed_(seed) {
  begin_half();
}

// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): one word of state, and every seed is as good as another.
std::uint64_t Round::random() {
  seed_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = seed_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

void Round::begin_half() {
  const std::uint32_t count = count_[half_];
  step_ = half_length_ / count;
  index_ = static_cast<std::uint32_t>((std::uint64_t{static_cast<std::uint32_t>(random())} * count) >> 32U);
  const double fraction = static_cast<double>(random() >> 11U) * 0x1p-53;
  due_ = half_start_ + Duration(static_cast<Duration::rep>(fraction * static_cast<double>(step_.count())));
  position_ = 0;
}

void Round::next_half() {
  do {
    half_start_ += half_length_;
    if (half_ == 1) ++ended_;
    half_ ^= 1U;
  } while (count_[half_] == 0);
  begin_half();
}

void Round::advance() {
  const std::uint32_t count = count_[half_];
  if (++position_ == count) {
    next_half();
    return;
  }
  index_ += stride_[half_];
  if (index_ >= count) index_ -= count;
  due_ += step_;
}

std::uint64_t Round::skip_before(Instant t) {
  std::uint64_t skipped = 0;
  while (due_ < t) {
    const std::uint32_t count = count_[half_];
    const std::uint32_t left = count - position_;
    const auto behind =
        step_.count() == 0 ? std::uint64_t{left} : static_cast<std::uint64_t>((t - due_ - Duration(1)) / step_) + 1;
    if (behind >= left) {
      skipped += left;
      next_half();
      continue;
    }
    skipped += behind;
    position_ += static_cast<std::uint32_t>(behind);
    index_ = static_cast<std::uint32_t>((index_ + behind * stride_[half_]) % count);
    due_ += step_ * static_cast<Duration::rep>(behind);
  }
  return skipped;
}

}  // namespace blipd
