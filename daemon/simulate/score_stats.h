// The statistics of the score.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

namespace blipd {

/// Stands for "never" and for "cannot be said" in every figure below.
inline constexpr double kNever = std::numeric_limits<double>::infinity();
inline constexpr double kUnsaid = std::numeric_limits<double>::quiet_NaN();

/// The nearest-rank percentile: the least value that `share` (0 to 1) of the values do not exceed. NaN without values.
double percentile(std::vector<double> values, double share);
/// The middle value, or the mean of the middle two. NaN without values.
double median(std::vector<double> values);
/// `part` / `whole`; NaN if `whole` is 0.
double ratio(double part, double whole);
/// The harmonic mean of precision and recall. NaN if either is, and 0 if both are 0.
double f1(double precision, double recall);
/// The exact one-sided upper bound, with 95 % confidence, of a Poisson mean of which `count` were seen: 2.996 for none.
double poisson_upper(std::uint64_t count);

}  // namespace blipd
