// Episodes that an earlier run left open.
#include <algorithm>
#include <chrono>

#include "daemon/detect/episode.h"

namespace blipd {

bool EpisodeTracker::resume(LossWatch& watch, const Event& open, Instant watched_until, Instant now) {
  const Evidence& evidence = open.evidence;
  watched_until = std::clamp(watched_until, open.start, std::max(open.start, now));
  const bool flaps = open.event_class == EventClass::flapping;
  if (flaps && !resume_flapping(open, watched_until, now)) return false;
  begin({open.start, open.start_uncertainty}, evidence.log_likelihood, open.detected_at, watched_until);
  // Before the machine started is a moment like any other.
  open_->start = open.start;
  open_->start_uncertainty = open.start_uncertainty;
  open_->event_class = open.event_class;
  open_->together = evidence.together;
  open_->falls = evidence.falls;
  open_->dark = evidence.dark;
  open_->period = evidence.period;
  open_->steady = evidence.steady;
  resumed_ = now;
  watch.resume(watched_until, now);
  watch.begin_episode();
  phase_ = Phase::lossy;
  if (open.event_class == EventClass::outage || open.event_class == EventClass::blip) {
    resume_total(watch, open, watched_until);
  } else if (!flaps && open.cause == EventCause::host && open.hosts_affected < open.hosts_total) {
    open_->partial = true;
    phase_ = Phase::partial;
  } else {
    watch.expect_end(flaps || evidence.loss.value_or(0) >= kLossOfSecondLevel ? 1 : 0);
  }
  return true;
}

void EpisodeTracker::resume_total(LossWatch& watch, const Event& open, Instant watched_until) {
  const Duration half = open.start_uncertainty;
  spell_ = Spell{open.start + half, open.start - half, std::nullopt, std::max(watched_until, open.start + half)};
  spells_ = 1;
  if (open.evidence.dark == Duration::zero()) {
    phase_ = Phase::dark;
    watch.resume_dark(spell_->since, spell_->last_reply);
    watch.expect_revival(spell_->since);
    return;
  }
  // It had been seen to be over, and was held open in case there was more of it.
  longest_spell_ = open.evidence.dark;
  spell_->until = spell_->since + longest_spell_;
  spell_->last_failure = last_loss_ = *spell_->until;
  watch.resume(last_loss_, *resumed_);
  watch.expect_end(1);
}

bool EpisodeTracker::resume_flapping(const Event& open, Instant watched_until, Instant now) {
  const std::uint64_t falls = std::max<std::uint64_t>(open.evidence.falls, 2);
  const Duration period = open.evidence.period.value_or((watched_until - open.start) / 2);
  falls_.resume(std::max(watched_until - period / 2, open.start), falls, period, open.evidence.steady);
  fall_end_ = watched_until;
  if (!falls_.ceased(now)) return true;
  falls_.clear();
  return false;
}

}  // namespace blipd
