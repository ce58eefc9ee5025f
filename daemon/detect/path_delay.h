// Do answers take longer than usual? A queue that fills delays before it loses (M. Luckie et al., "Challenges in
// Inferring Internet Interdomain Congestion", IMC 2014).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "probes/clock.h"
#include "probes/fetch.h"

namespace blipd {

struct DelayFigures {
  std::uint64_t answers = 0;
  std::uint64_t delayed = 0;  ///< those that took longer than usual by more than jitter
  Duration beyond{};          ///< mean time beyond the usual
  Duration round_trip{};      ///< mean
};

/// The answers of the last four minutes to a network and module, by send time. Probing thread only. Fixed size.
class PathDelay {
 public:
  /// Fetches what `add` touches (probes/fetch.h).
  void fetch(Instant sent) const { blipd::fetch(&bucket_of(sent)); }
  void add(Instant sent, Duration round_trip, Duration beyond, bool delayed);
  /// Of the answers to probes sent in [from, to].
  DelayFigures between(Instant from, Instant to) const;
  void clear() { *this = PathDelay(); }

 private:
  static constexpr std::size_t kBuckets = 24;
  static constexpr Duration kWidth = std::chrono::seconds(10);

  struct Bucket {
    std::int64_t number = -1;
    std::uint32_t answers = 0;
    std::uint32_t delayed = 0;
    Duration beyond{};
    Duration round_trip{};
  };
  const Bucket& bucket_of(Instant sent) const {
    return buckets_[static_cast<std::size_t>(sent.time_since_epoch() / kWidth) % kBuckets];
  }

  std::array<Bucket, kBuckets> buckets_{};
};

}  // namespace blipd
