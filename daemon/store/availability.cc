#include "daemon/store/availability.h"

#include <algorithm>

namespace blipd {
namespace {

/// Below zero for an instant before the machine started.
std::int64_t number_of(Instant t, Duration interval) {
  const Duration since = t.time_since_epoch();
  return since / interval - (since % interval < Duration::zero() ? 1 : 0);
}

}  // namespace

void Availability::add(Instant sent, bool reply) {
  for (std::size_t i = 0; i < kAvailabilityRules.size(); ++i) {
    const AvailabilityRule& rule = kAvailabilityRules[i];
    Interval& current = current_[i];
    const std::int64_t number = number_of(sent, rule.interval);
    if (number > current.number) {
      const ReplyCount& past = current.outcomes;
      if (past.probes >= kLeastProbes) {
        const auto lost = static_cast<double>(past.probes - past.replies);
        ++counts_[i].intervals;
        counts_[i].unavailable += lost > rule.loss * static_cast<double>(past.probes) ? 1U : 0U;
      }
      current = {number, {}};
    } else if (number < current.number) {
      continue;  // its interval has been judged
    }
    ++current.outcomes.probes;
    current.outcomes.replies += reply ? 1U : 0U;
  }
}

std::array<AvailabilityContents, kAvailabilityRules.size()> Availability::contents() const {
  std::array<AvailabilityContents, kAvailabilityRules.size()> all;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i] = {counts_[i], Instant(current_[i].number * kAvailabilityRules[i].interval), current_[i].outcomes};
  }
  return all;
}

void Availability::restore(std::size_t rule, const AvailabilityContents& contents, Instant now) {
  counts_[rule] = contents.count;
  const Duration interval = kAvailabilityRules[rule].interval;
  // A clock was set back: what is counted then would wait for that time to come.
  if (contents.begin > now) return;
  const std::int64_t number = number_of(contents.begin + interval / 2, interval);
  current_[rule] = {std::min(number, number_of(now, interval)), contents.outcomes};
}

}  // namespace blipd
