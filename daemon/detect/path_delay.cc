#include "daemon/detect/path_delay.h"

namespace blipd {

void PathDelay::add(Instant sent, Duration round_trip, Duration beyond, bool delayed) {
  const std::int64_t number = sent.time_since_epoch() / kWidth;
  Bucket& bucket = buckets_[static_cast<std::size_t>(number) % kBuckets];
  if (bucket.number > number) return;  // from a lap ago
  if (bucket.number < number) bucket = {number, 0, 0, {}, {}};
  ++bucket.answers;
  bucket.delayed += delayed ? 1U : 0U;
  bucket.beyond += beyond;
  bucket.round_trip += round_trip;
}

DelayFigures PathDelay::between(Instant from, Instant to) const {
  const std::int64_t first = from.time_since_epoch() / kWidth;
  const std::int64_t last = to.time_since_epoch() / kWidth;
  DelayFigures figures;
  for (const Bucket& bucket : buckets_) {
    if (bucket.number < first || bucket.number > last) continue;
    figures.answers += bucket.answers;
    figures.delayed += bucket.delayed;
    figures.beyond += bucket.beyond;
    figures.round_trip += bucket.round_trip;
  }
  if (figures.answers != 0) {
    figures.beyond /= static_cast<Duration::rep>(figures.answers);
    figures.round_trip /= static_cast<Duration::rep>(figures.answers);
  }
  return figures;
}

}  // namespace blipd
