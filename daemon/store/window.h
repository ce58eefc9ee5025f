// Replies and failures of the last minute, five minutes, hour: by send time, in a ring of 60 buckets.
#pragma once

#include <array>
#include <cstdint>

#include "probes/clock.h"

namespace blipd {

struct ReplyCount {
  std::uint64_t probes = 0;
  std::uint64_t replies = 0;
};

/// A sliding window of one length. It is told outcomes in nearly sorted order of their send times and forgets what is
/// older than its length; the granularity is a sixtieth of the length. Fixed size, no allocation.
class Window {
 public:
  static constexpr std::size_t kBuckets = 60;

  explicit Window(Duration length) : width_(length / kBuckets) {}

  void add(Instant sent, bool reply);
  /// Outcomes of probes sent in (until - length, until], rounded to whole buckets.
  ReplyCount count(Instant until) const;
  /// All outcomes of probes sent at `from` or later, rounded to whole buckets.
  ReplyCount since(Instant from) const;
  void clear();

 private:
  struct Bucket {
    std::uint32_t probes = 0;
    std::uint32_t replies = 0;
  };
  std::int64_t index_of(Instant t) const { return t.time_since_epoch() / width_; }

  Duration width_;
  std::int64_t newest_ = -1;  ///< highest bucket index that holds anything; -1: empty
  std::array<Bucket, kBuckets> buckets_{};
};

}  // namespace blipd
