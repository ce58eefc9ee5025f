#include "daemon/store/interval.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace blipd {

Interval wilson(std::uint64_t successes, std::uint64_t trials) { return wilson(successes, trials, 0); }

Interval wilson(std::uint64_t successes, std::uint64_t trials, double correlation) {
  if (trials == 0) {
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    return {kNaN, kNaN};
  }
  constexpr double kZ = 1.959963984540054;  // two-sided 95 %
  const double p = static_cast<double>(successes) / static_cast<double>(trials);
  const double n = std::max(1.0, static_cast<double>(trials) * (1.0 - correlation) / (1.0 + correlation));
  const double denominator = 1.0 + kZ * kZ / n;
  const double centre = (p + kZ * kZ / (2.0 * n)) / denominator;
  const double half = kZ * std::sqrt(p * (1.0 - p) / n + kZ * kZ / (4.0 * n * n)) / denominator;
  // At p = 0 and 1 the bounds are exactly 0 and 1; rounding must not leave a sliver beyond.
  return {successes == 0 ? 0.0 : std::max(0.0, centre - half),
          successes == trials ? 1.0 : std::min(1.0, centre + half)};
}

}  // namespace blipd
