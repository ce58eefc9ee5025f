// Interval estimates of a ratio.
#pragma once

#include <cstdint>

namespace blipd {

struct Interval {
  double lower = 0;
  double upper = 1;
};

/// The 95 % Wilson score interval of `successes` out of `trials` (E. B. Wilson, "Probable Inference, the Law of
/// Succession, and Statistical Inference", JASA 22, 1927). {NaN, NaN} without trials. `successes` <= `trials`.
Interval wilson(std::uint64_t successes, std::uint64_t trials);

}  // namespace blipd
