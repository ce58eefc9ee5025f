#include "daemon/store/host_record.h"

#include <algorithm>
#include <cmath>

namespace blipd {

void RecentRtts::add(Duration round_trip) {
  rtts_[next_] = round_trip;
  next_ = (next_ + 1) % kSize;
  count_ = std::min<std::uint32_t>(count_ + 1, kSize);
}

std::optional<std::array<Duration, kHostQuantiles.size()>> RecentRtts::quantiles() const {
  if (count_ == 0) return std::nullopt;
  std::array<Duration, kSize> sorted = rtts_;
  std::sort(sorted.begin(), sorted.begin() + count_);
  std::array<Duration, kHostQuantiles.size()> quantiles{};
  for (std::size_t i = 0; i < quantiles.size(); ++i) {
    const auto rank = static_cast<std::size_t>(std::ceil(kHostQuantiles[i] * count_));
    quantiles[i] = sorted[std::max<std::size_t>(rank, 1) - 1];
  }
  return quantiles;
}

}  // namespace blipd
