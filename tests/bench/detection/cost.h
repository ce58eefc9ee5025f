// What it costs to watch: time of the processor, and memory.
#pragma once

#include <cstddef>
#include <string_view>

#include "daemon/simulate/score_stats.h"

namespace blipd::bench {

/// docs/benchmark.md says what is in these figures besides the contestant itself.
struct Cost {
  double cpu_seconds_per_network_month = kUnsaid;
  double peak_bytes_per_host = kUnsaid;
};

/// Measures this process from its construction on, all threads. One at a time.
class CostMeter {
 public:
  CostMeter();
  /// Seconds of the processor.
  double cpu_seconds() const;
  /// The most resident memory there was at one time, less what was resident at first. NaN where the kernel does not
  /// let a process reset its peak (/proc/self/clear_refs).
  double peak_bytes() const;
  Cost cost(double network_months, std::size_t hosts) const;

 private:
  double cpu_at_first_;
  double resident_at_first_;
};

/// A size from the text of /proc/PID/status, for instance of "VmRSS", in bytes; NaN if it is not there.
double size_in_status(std::string_view status, std::string_view name);

}  // namespace blipd::bench
