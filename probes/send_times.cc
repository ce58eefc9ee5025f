#include "probes/send_times.h"

#include <algorithm>
#include <cstddef>

namespace blipd {
namespace {

constexpr Duration kSlack = std::chrono::microseconds(50);

}  // namespace

void spread_send_times(Instant before, Instant after, std::span<const std::optional<Instant>> stamps,
                       std::span<Instant> times) {
  // The frame of the call stands for a packet in front of the first and one behind the last.
  Instant left = before;
  std::size_t open = 0;
  for (std::size_t i = 0; i <= times.size(); ++i) {
    const bool at_end = i == times.size();
    const std::optional<Instant> stamp = at_end ? after : stamps[i];
    if (!stamp || *stamp < before - kSlack || *stamp > after + kSlack) continue;
    const Instant right = open == 0 && !at_end && i == 0 ? *stamp : std::max(*stamp, left);
    const auto gaps = static_cast<Duration::rep>(i - open + 1);
    for (std::size_t k = open; k < i; ++k) {
      times[k] = left + (right - left) * static_cast<Duration::rep>(k - open + 1) / gaps;
    }
    if (at_end) return;
    times[i] = right;
    left = right;
    open = i + 1;
  }
}

}  // namespace blipd
