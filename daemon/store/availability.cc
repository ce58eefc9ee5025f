#include "daemon/store/availability.h"

namespace blipd {

void Availability::add(Instant sent, bool reply) {
  for (std::size_t i = 0; i < kAvailabilityRules.size(); ++i) {
    const AvailabilityRule& rule = kAvailabilityRules[i];
    Interval& current = current_[i];
    const std::int64_t number = sent.time_since_epoch() / rule.interval;
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

}  // namespace blipd
