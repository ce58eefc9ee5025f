#include "daemon/store/window.h"

#include <algorithm>

namespace blipd {

void Window::add(Instant sent, bool reply) {
  constexpr auto kCount = static_cast<std::int64_t>(kBuckets);
  const std::int64_t index = index_of(sent);
  if (newest_ < 0) newest_ = index - 1;
  if (index <= newest_ - kCount) return;
  // The buckets between the newest and this one saw no probe; what they hold is from a lap ago.
  for (std::int64_t i = std::max(newest_ + 1, index - kCount + 1); i <= index; ++i) {
    buckets_[static_cast<std::size_t>(i % kCount)] = {};
  }
  newest_ = std::max(newest_, index);
  Bucket& bucket = buckets_[static_cast<std::size_t>(index % kCount)];
  ++bucket.probes;
  bucket.replies += reply ? 1U : 0U;
}

ReplyCount Window::count(Instant until) const {
  constexpr auto kCount = static_cast<std::int64_t>(kBuckets);
  ReplyCount total;
  if (newest_ < 0) return total;
  const std::int64_t last = index_of(until);
  for (std::int64_t i = std::max(last, newest_) - kCount + 1; i <= std::min(last, newest_); ++i) {
    if (i <= newest_ - kCount || i < 0) continue;
    const Bucket& bucket = buckets_[static_cast<std::size_t>(i % kCount)];
    total.probes += bucket.probes;
    total.replies += bucket.replies;
  }
  return total;
}

ReplyCount Window::since(Instant from) const {
  constexpr auto kCount = static_cast<std::int64_t>(kBuckets);
  ReplyCount total;
  for (std::int64_t i = std::max({index_of(from), newest_ - kCount + 1, std::int64_t{0}}); i <= newest_; ++i) {
    total.probes += buckets_[static_cast<std::size_t>(i % kCount)].probes;
    total.replies += buckets_[static_cast<std::size_t>(i % kCount)].replies;
  }
  return total;
}

void Window::clear() {
  newest_ = -1;
  buckets_ = {};
}

}  // namespace blipd
