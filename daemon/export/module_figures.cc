#include "daemon/export/module_figures.h"

namespace blipd {

bool shows_reason(const ModuleSnapshot& module, FailureReason reason) {
  const auto index = static_cast<std::size_t>(reason);
  return reason <= FailureReason::bad_reply || module.prober == "http" || module.probes.failures[index] > 0;
}

std::optional<double> rtt_quantile(const RttHistogram& rtt, double q) {
  if (rtt.count == 0) return std::nullopt;
  const double rank = q * static_cast<double>(rtt.count);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < kRttBuckets; ++i) {
    const std::uint64_t here = rtt.buckets[i];
    if (here > 0 && static_cast<double>(below + here) >= rank) {
      const double lower = i == 0 ? 0.0 : rtt_bucket_bound(i - 1);
      const double share = (rank - static_cast<double>(below)) / static_cast<double>(here);
      return lower + (rtt_bucket_bound(i) - lower) * share;
    }
    below += here;
  }
  return rtt_bucket_bound(kRttBuckets - 1);
}

}  // namespace blipd
