#include "daemon/store/window.h"

#include <algorithm>

namespace blipd {
namespace {

constexpr auto kCount = static_cast<std::int64_t>(Window::kBuckets);

std::size_t place_of(std::int64_t index) { return static_cast<std::size_t>((index % kCount + kCount) % kCount); }

/// A snapshot sums every window: no division for each bucket.
template <class Buckets>
ReplyCount sum_ring(const Buckets& buckets, std::size_t first, std::size_t count) {
  ReplyCount total;
  const auto add = [&](std::size_t from, std::size_t to) {
    std::uint64_t probes = 0;
    std::uint64_t replies = 0;
    for (std::size_t i = from; i < to; ++i) {
      probes += buckets[i].probes;
      replies += buckets[i].replies;
    }
    total.probes += probes;
    total.replies += replies;
  };
  const std::size_t end = first + count;
  add(first, std::min(end, Window::kBuckets));
  if (end > Window::kBuckets) add(0, end - Window::kBuckets);
  return total;
}

}  // namespace

std::int64_t Window::index_of(Instant t) const {
  const Duration since = t.time_since_epoch();
  return since / width_ - (since % width_ < Duration::zero() ? 1 : 0);
}

Window::Wide Window::bucket(std::int64_t index) const {
  const std::size_t place = place_of(index);
  return wide_.empty() ? Wide{narrow_[place].probes, narrow_[place].replies} : wide_[place];
}

void Window::add_to(std::int64_t index, std::uint32_t probes, std::uint32_t replies) {
  constexpr std::uint32_t kMostNarrow = std::numeric_limits<std::uint16_t>::max();
  const std::size_t place = place_of(index);
  if (wide_.empty()) {
    Narrow& bucket = narrow_[place];
    if (probes <= kMostNarrow - bucket.probes && replies <= kMostNarrow - bucket.replies) {
      bucket.probes = static_cast<std::uint16_t>(bucket.probes + probes);
      bucket.replies = static_cast<std::uint16_t>(bucket.replies + replies);
      return;
    }
    widen();
  }
  wide_[place].probes += probes;
  wide_[place].replies += replies;
}

void Window::widen() {
  wide_.reserve(kBuckets);
  for (const Narrow& bucket : narrow_) wide_.push_back({bucket.probes, bucket.replies});
}

bool Window::reach(std::int64_t index) {
  if (newest_ == kEmpty) newest_ = index - 1;
  if (index <= newest_ - kCount) return false;
  // The buckets between the newest and this one saw no probe; what they hold is from a lap ago.
  for (std::int64_t i = std::max(newest_ + 1, index - kCount + 1); i <= index; ++i) {
    if (wide_.empty()) {
      narrow_[place_of(i)] = {};
    } else {
      wide_[place_of(i)] = {};
    }
  }
  newest_ = std::max(newest_, index);
  return true;
}

void Window::add(Instant sent, bool reply) {
  const std::int64_t index = index_of(sent);
  if (reach(index)) add_to(index, 1, reply ? 1 : 0);
}

ReplyCount Window::sum(std::int64_t first, std::int64_t last) const {
  if (first > last) return {};
  const auto count = static_cast<std::size_t>(last - first + 1);
  return wide_.empty() ? sum_ring(narrow_, place_of(first), count) : sum_ring(wide_, place_of(first), count);
}

ReplyCount Window::count(Instant until) const {
  if (newest_ == kEmpty) return {};
  const std::int64_t last = index_of(until);
  return sum(std::max(last, newest_) - kCount + 1, std::min(last, newest_));
}

ReplyCount Window::since(Instant from) const {
  if (newest_ == kEmpty) return {};
  return sum(std::max(index_of(from), newest_ - kCount + 1), newest_);
}

void Window::clear() {
  newest_ = kEmpty;
  narrow_ = {};
  std::fill(wide_.begin(), wide_.end(), Wide{});
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
    add_to(index, static_cast<std::uint32_t>(held.probes), static_cast<std::uint32_t>(held.replies));
  }
}

}  // namespace blipd
