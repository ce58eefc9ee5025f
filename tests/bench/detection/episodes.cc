#include "tests/bench/detection/episodes.h"

#include <algorithm>

namespace blipd::bench {
namespace {
constexpr Duration kBlip = std::chrono::minutes(2);
}  // namespace

void Edges::note(Duration sent, bool reply) {
  if (!reply) {
    if (!newest_reply_ || sent > *newest_reply_) {
      losses_.insert(std::ranges::upper_bound(losses_, sent), sent);
    }
    return;
  }
  if (newest_reply_ && sent <= *newest_reply_) {
    return;
  }
  const auto later = std::ranges::upper_bound(losses_, sent);
  if (later != losses_.begin()) {
    ended_ = {*std::prev(later), sent};
    losses_.erase(losses_.begin(), later);
  }
  newest_reply_ = sent;
}

Between Edges::silence_began() const {
  const Duration reply = newest_reply_.value_or(Duration::zero());
  return {reply, losses_.empty() ? reply : losses_.front()};
}

void Episodes::open(EventClass event_class, Between onset, Duration told) {
  if (is_open()) {
    return;
  }
  Event e;
  e.id = events_.size() + 1;
  e.network = network_;
  e.event_class = event_class;
  e.start = middle(onset);
  e.start_uncertainty = (onset.to - onset.from) / 2;
  e.detected_at = begin_ + told;
  events_.push_back(std::move(e));
}

void Episodes::rename(EventClass event_class) {
  if (is_open()) {
    events_.back().event_class = event_class;
  }
}

void Episodes::close(Between offset) {
  if (!is_open()) {
    return;
  }
  Event& e = events_.back();
  e.end = std::max(e.start, middle(offset));
  e.end_uncertainty = (offset.to - offset.from) / 2;
  if (e.event_class == EventClass::outage && *e.end - e.start < kBlip) {
    e.event_class = EventClass::blip;
  }
}

}  // namespace blipd::bench
