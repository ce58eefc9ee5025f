#include "daemon/store/window.h"

#include <algorithm>

namespace blipd {
namespace {

constexpr auto kCount = static_cast<std::int64_t>(Window::kBuckets);

std::size_t place_of(std::int64_t index) { return static_cast<std::size_t>((index % kCount + kCount) % kCount); }

}  // namespace

std::int64_t Window::index_of(Instant t) const {
  const Duration since = t.time_since_epoch();
  return since / width_ - (since % width_ < Duration::zero() ? 1 : 0);
}

Window::Bucket& Window::bucket(std::int64_t index) { return buckets_[place_of(index)]; }
const Window::Bucket& Window::bucket(std::int64_t index) const { return buckets_[place_of(index)]; }

bool Window::reach(std::int64_t index) {
  if (newest_ == kEmpty) newest_ = index - 1;
  if (index <= newest_ - kCount) return false;
  // The buckets between the newest and this one saw no probe; what they hold is from a lap ago.
  for (std::int64_t i = std::max(newest_ + 1, index - kCount + 1); i <= index; ++i) bucket(i) = {};
  newest_ = std::max(newest_, index);
  return true;
}

void Window::add(Instant sent, bool reply) {
  const std::int64_t index = index_of(sent);
  if (!reach(index)) return;
  ++bucket(index).probes;
  bucket(index).replies += reply ? 1U : 0U;
}

ReplyCount Window::count(Instant until) const {
  ReplyCount total;
  if (newest_ == kEmpty) return total;
  const std::int64_t last = index_of(until);
  for (std::int64_t i = std::max(last, newest_) - kCount + 1; i <= std::min(last, newest_); ++i) {
    total.probes += bucket(i).probes;
    total.replies += bucket(i).replies;
  }
  return total;
}

ReplyCount Window::since(Instant from) const {
  ReplyCount total;
  if (newest_ == kEmpty) return total;
  for (std::int64_t i = std::max(index_of(from), newest_ - kCount + 1); i <= newest_; ++i) {
    total.probes += bucket(i).probes;
    total.replies += bucket(i).replies;
  }
  return total;
}

void Window::clear() {
  newest_ = kEmpty;
  buckets_ = {};
}

WindowContents Window::contents() const {
  WindowContents contents;
  if (newest_ == kEmpty) return contents;
  std::int64_t first = newest_ - kCount + 1;
  while (first < newest_ && bucket(first).probes == 0) ++first;
  contents.first = Instant(first * width_);
  for (std::int64_t i = first; i <= newest_; ++i) contents.buckets.push_back({bucket(i).probes, bucket(i).replies});
  return contents;
}

void Window::restore(const WindowContents& contents, Instant now) {
  clear();
  const std::int64_t last = index_of(now);
  for (std::size_t i = 0; i < contents.buckets.size(); ++i) {
    const ReplyCount& held = contents.buckets[i];
    const std::int64_t index = index_of(contents.first + static_cast<std::int64_t>(i) * width_ + width_ / 2);
    if (held.probes == 0 || index > last || !reach(index)) continue;
    bucket(index).probes += static_cast<std::uint32_t>(held.probes);
    bucket(index).replies += static_cast<std::uint32_t>(held.replies);
  }
}

}  // namespace blipd
