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
/// older than its length; the granularity is a sixtieth of the length. Of fixed size, but for the moment at which a
/// bucket is about to hold more than 65,535 probes: from then on there is room for 2^32 in each.
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
  template <class Count>
  struct Bucket {
    Count probes = 0;
    Count replies = 0;
  };
  using Narrow = Bucket<std::uint16_t>;
  using Wide = Bucket<std::uint32_t>;
  static constexpr std::int64_t kEmpty = std::numeric_limits<std::int64_t>::min();

  /// Below zero for an instant before the machine started.
  std::int64_t index_of(Instant t) const;
  Wide bucket(std::int64_t index) const;
  void add_to(std::int64_t index, std::uint32_t probes, std::uint32_t replies);
  void widen();
  /// The sum of the buckets [first, last], none of which is newer or a lap older than the newest.
  ReplyCount sum(std::int64_t first, std::int64_t last) const;
  /// Makes `index` the newest if it is newer, and empties the buckets that come in between. False if it is too old.
  bool reach(std::int64_t index);

  Duration width_;
  std::int64_t newest_ = kEmpty;  ///< highest bucket index that holds anything
  std::array<Narrow, kBuckets> narrow_{};
  std::vector<Wide> wide_;  ///< in place of `narrow_`, unless empty
};

}  // namespace blipd
