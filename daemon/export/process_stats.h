// What the kernel says of this process.
#pragma once

#include <cstdint>
#include <optional>

namespace blipd {

struct ProcessStats {
  double cpu_seconds = 0;  ///< user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;  ///< soft limit
  double start_time = 0;      ///< seconds since the Unix epoch, the same at every call
};

/// Reads /proc/self only, so it works under ProcSubset=pid. nullopt if /proc is not there. Thread-safe.
std::optional<ProcessStats> read_process_stats();

}  // namespace blipd
