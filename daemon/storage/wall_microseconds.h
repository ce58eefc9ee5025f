// Times as they are in the file: microseconds since 1970.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "probes/clock.h"

namespace blipd {

inline std::int64_t to_microseconds(WallTime t) {
  return std::chrono::floor<std::chrono::microseconds>(t.time_since_epoch()).count();
}

/// 145 years: a time further than that from 1970 is no time, and the sum of two such spans still fits into a WallTime.
inline constexpr std::int64_t kMostMicroseconds = std::int64_t{4'575'000'000'000'000};

/// Nullopt if it is no time.
inline std::optional<WallTime> from_microseconds(std::int64_t microseconds) {
  if (microseconds < -kMostMicroseconds || microseconds > kMostMicroseconds) return std::nullopt;
  return WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::microseconds(microseconds)));
}

}  // namespace blipd
