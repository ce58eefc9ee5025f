#include "daemon/simulate/score_stats.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace blipd {
namespace {

constexpr double kRest = 0.05;  ///< one minus the confidence

/// P[X <= count] for a Poisson X.
double poisson_cdf(std::uint64_t count, double mean) {
  double sum = 0;
  for (std::uint64_t k = 0; k <= count; ++k) {
    const auto x = static_cast<double>(k);
    sum += std::exp(x * std::log(mean) - mean - std::lgamma(x + 1));
  }
  return sum;
}

}  // namespace

double percentile(std::vector<double> values, double share) {
  if (values.empty()) {
    return kUnsaid;
  }
  const auto n = static_cast<double>(values.size());
  // 0.95 * 20 is a hair above 19 in binary; the hair must not move the rank.
  const double rank = std::clamp(std::ceil(share * n - 1e-9), 1.0, n);
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(rank) - 1;
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

double median(std::vector<double> values) {
  if (values.empty()) {
    return kUnsaid;
  }
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) {
    return values[middle];
  }
  return (values[middle - 1] + values[middle]) / 2;
}

double ratio(double part, double whole) { return whole == 0 ? kUnsaid : part / whole; }

double f1(double precision, double recall) {
  if (precision == 0 && recall == 0) {
    return 0;
  }
  return 2 * precision * recall / (precision + recall);
}

double poisson_upper(std::uint64_t count) {
  const auto n = static_cast<double>(count);
  double low = n;
  double high = n + 10 * std::sqrt(n + 1) + 10;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (middle > 0 && poisson_cdf(count, middle) > kRest ? low : high) = middle;
  }
  return high;
}

}  // namespace blipd
