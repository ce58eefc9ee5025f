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

/// The same of trials that are no independent witnesses, because each resembles the one before: with the lag-1
/// autocorrelation `correlation` (0 to 1) they are worth trials (1 - correlation) / (1 + correlation) independent ones
/// (of a first-order autoregressive or two-state Markov sequence; G. V. Bayley, J. M. Hammersley, "The 'Effective'
/// Number of Independent Observations in an Autocorrelated Time Series", Suppl. J. Royal Statistical Society 8, 1946),
/// and never less than one.
Interval wilson(std::uint64_t successes, std::uint64_t trials, double correlation);

}  // namespace blipd
