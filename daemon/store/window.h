// Replies and failures of the last minute, five minutes, hour: by send time, in a ring of 60 buckets.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "probes/clock.h"

namespace blipd {

struct ReplyCount {
  std::uint64_t probes = 0;
  std::uint64_t replies = 0;
};

/// What a window holds: its buckets from the oldest to the newest that hold anything, without gaps. At most
/// Window::kBuckets of them, each a sixtieth of the window's length wide.
struct WindowContents {
  Instant first{};  ///< when the first bucket begins
  std::vector<ReplyCount> buckets;
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

  WindowContents contents() const;
  /// Takes over what a window of the same length held, of another run or of before a boot too, in place of what is
  /// there. Where the buckets of then and now do not begin together, what one held goes to the one in which its middle
  /// lies. What lies after `now` is left out: a clock was set back, and the window would wait for that time to come.
  void restore(const WindowContents& contents, Instant now);

 private:
  struct Bucket {
    std::uint32_t probes = 0;
    std::uint32_t replies = 0;
  };
  static constexpr std::int64_t kEmpty = std::numeric_limits<std::int64_t>::min();

  /// Below zero for an instant before the machine started.
  std::int64_t index_of(Instant t) const;
  Bucket& bucket(std::int64_t index);
  const Bucket& bucket(std::int64_t index) const;
  /// Makes `index` the newest if it is newer, and empties the buckets that come in between. False if it is too old.
  bool reach(std::int64_t index);

  Duration width_;
  std::int64_t newest_ = kEmpty;  ///< highest bucket index that holds anything
  std::array<Bucket, kBuckets> buckets_{};
};

}  // namespace blipd
