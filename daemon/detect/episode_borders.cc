// Where episodes begin, end and are split.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "daemon/detect/episode.h"

namespace blipd {
namespace {

/// What we lose may be lost for so long before a reference's probe is.
constexpr Duration kUnseenByReferences = std::chrono::seconds(5);
/// A run of failures that random loss makes less often than this is something else.
constexpr double kChanceOfRun = 1e-4;

}  // namespace

/// Somewhere between these two; at the second if nothing is known before it.
Border EpisodeTracker::between(Instant before, Instant after) {
  if (before == Instant{} || before >= after) return {after, Duration{}};
  const Duration half = (after - before) / 2;
  return {before + half, half};
}

void EpisodeTracker::begin(const Border& start, double log_likelihood, Instant now, Instant last_loss) {
  open_.emplace();
  open_->serial = ++serial_;
  // What was told before has ended before: not earlier than it may have ended, and told as no earlier than its end.
  const Instant from = std::max(start.at - start.uncertainty, last_end_ - last_end_uncertainty_);
  const Border begun = Border::within(from, std::max(start.at + start.uncertainty, from));
  open_->start = std::max(begun.at, last_end_);
  open_->start_uncertainty = std::max(begun.uncertainty - (open_->start - begun.at), Duration::zero());
  open_->detected = now;
  open_->log_likelihood = log_likelihood;
  resumed_.reset();
  spell_.reset();
  spells_ = 0;
  longest_spell_ = {};
  lossy_after_ = false;
  spell_is_fall_ = false;
  short_dark_ = {};
  short_spells_ = 0;
  last_loss_ = last_sign_ = last_loss;
  failures_at_begin_ = 0;
}

void EpisodeTracker::become_common(const Border& start, const Suspicion& s) {
  open_->partial = false;
  open_->log_likelihood = s.sum;
  last_loss_ = last_sign_ = s.last_failure;
  if (start.at < open_->start) {
    open_->start = std::max(start.at, last_end_);
    open_->start_uncertainty = start.uncertainty;
  }
}

void EpisodeTracker::split_dark(Instant now) {
  const Spell spell = *spell_;
  const FallMemory falls = falls_;
  const bool flapped = open_->event_class == EventClass::flapping;
  const Border border = between(spell.last_reply, spell.since);
  const double log_likelihood = open_->log_likelihood;
  if (open_->event_class != EventClass::flapping) open_->event_class = EventClass::spotty;
  end(border.at, border.uncertainty);
  begin(border, log_likelihood, now, spell.last_failure);
  open_->together = true;
  spell_ = spell;
  spells_ = 1;
  spell_is_fall_ = true;
  falls_.clear();
  // An outage is no reason to wait for three more falls before it is said to flap again.
  if (!flapped) return;
  falls_ = falls;
  falls_.tell();
}

/// Whether the loss around this darkness is reason enough for it: in part random, in part in bursts.
bool EpisodeTracker::explained(const DarkRun& dark, Instant now) const {
  if (dark.last_failure - spell_->since <= fall_lasts(now)) return true;
  return std::pow(spell_->loss_before, static_cast<double>(dark.failures)) > kChanceOfRun;
}

void EpisodeTracker::split_tail(Instant now) {
  const Border border = between(spell_->last_failure, *spell_->until);
  const Instant last_loss = last_loss_;
  end(border.at, border.uncertainty);
  begin(border, 0, now, last_loss);
}

void EpisodeTracker::end_at_last_loss(const LossWatch& watch) {
  const bool dark = open_->event_class == EventClass::outage || open_->event_class == EventClass::blip;
  if (dark) refine_start();
  const bool spell_last = spell_ && (dark || *spell_->until >= last_loss_);
  const Border border = spell_last ? between(spell_->last_failure, *spell_->until)
                                   : between(last_loss_, std::max(watch.first_reply_after(), last_loss_));
  end(border.at, border.uncertainty);
}

/// A darkness of unknown length L that was met by a probe, and went on for R after it, had gone on for A before. Where
/// nothing is known of L but that it is no more than some length, every order of magnitude alike, A lies below
/// sqrt(R (R + most)) - R as often as above. Half of the gap is the limit of that for a long R; the other half would be
/// too early for a short one, because whoever ends soon has hardly begun long ago.
void EpisodeTracker::refine_start() {
  const Instant met = spell_->since;
  const Instant answered = spell_->last_reply;
  // Only if that is where the episode begins, and that has not been told by an earlier run.
  if (resumed_ || spells_ != 1 || answered == Instant{} || open_->start != between(answered, met).at) return;
  // Nor may what was cut in two come apart.
  if (open_->start == last_end_) return;
  const double lasted = to_seconds(*spell_->until - met);
  double most = to_seconds(met - answered);
  if (open_->event_class == EventClass::blip) most = std::min(most, to_seconds(rules_.blip) - lasted);
  if (most <= 0 || lasted <= 0) return;
  const auto before =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::sqrt(lasted * (lasted + most)) - lasted));
  open_->start = met - before;
  open_->start_uncertainty = std::max(before, met - before - answered);
}

void EpisodeTracker::end(Instant at, Duration uncertainty) {
  open_->end = last_end_ = std::max(at, open_->start);
  open_->end_uncertainty = last_end_uncertainty_ = uncertainty;
  // The falls of one episode do not make the next one flap.
  if (open_->event_class == EventClass::flapping) falls_.clear();
  ended_.push_back(std::move(*open_));
  open_.reset();
}

void EpisodeTracker::back_to_quiet(LossWatch& watch) {
  phase_ = Phase::quiet;
  spell_.reset();
  spells_ = 0;
  watch.forget(last_end_);
}

void EpisodeTracker::retract(LossWatch& watch, Instant now) {
  falls_.take_back(spell_ ? std::min(spell_->since, open_->start) : open_->start);
  open_->retracted = true;
  end(now, Duration{});
  back_to_quiet(watch);
}

void EpisodeTracker::vantage_was_ill(LossWatch& watch, Instant from, Instant to, Instant now) {
  falling_since_.reset();
  fall_counted_ = false;
  const bool rests_on_it = open_ && open_->start + open_->start_uncertainty + kUnseenByReferences >= from &&
                           open_->detected >= from && open_->start <= to;
  if (rests_on_it) retract(watch, now);
  if (phase_ == Phase::quiet) watch.forget();
}

std::vector<Episode> EpisodeTracker::take_ended() { return std::exchange(ended_, {}); }

}  // namespace blipd
