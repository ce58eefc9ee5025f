// What is kept for each host of a network with per_host_metrics, besides its TargetState: 1.2 kilobytes with
// three windows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/store/snapshot.h"
#include "daemon/store/window.h"
#include "probes/clock.h"

namespace blipd {

/// The round-trip times of a host's newest replies. Fixed size, no allocation.
class RecentRtts {
 public:
  static constexpr std::size_t kSize = 32;

  void add(Duration round_trip);
  /// By the nearest rank, so that every number told was measured; nullopt without replies.
  std::optional<std::array<Duration, kHostQuantiles.size()>> quantiles() const;

 private:
  std::array<Duration, kSize> rtts_{};
  std::uint32_t next_ = 0;
  std::uint32_t count_ = 0;
};

struct HostRecord {
  std::vector<Window> windows;
  RecentRtts rtts;
};

}  // namespace blipd
