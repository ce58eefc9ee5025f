#include "daemon/detect/episode.h"

#include <algorithm>
#include <chrono>

#include "daemon/store/interval.h"

namespace blipd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// Loss that is over sooner is no episode: a queue that hiccups, a route that moves.
constexpr Duration kShortest = seconds(2);
constexpr std::size_t kMostHostsNeeded = 5;
constexpr std::uint64_t kDarkFailuresOfFew = 4;
/// As log-likelihoods: the loss seems to be over, and is for certain.
constexpr double kSeemsOver = 3.5;
constexpr double kIsOver = 9;
constexpr double kMostFailing = 0.35;
/// Two failures of good hosts in a row.
constexpr double kSignOfBursts = 8.5;
/// How long an episode stays open after its last loss, in case there is more of it.
constexpr Duration kLeastHold = minutes(2);
/// A blip of a network that is asked seldom: a burst comes back in that time, and is met.
constexpr Duration kHoldWhenSeldom = minutes(10);
constexpr Duration kMostHold = minutes(20);
/// Of one that was met falling twice.
constexpr Duration kHoldForFalls = minutes(60);
constexpr int kMeanGapsToHold = 15;
constexpr int kLongestGapsToHold = 3;
/// This share of the hosts dark for so long is a fall.
constexpr double kFallShare = 0.5;
constexpr Duration kLossKnownAfter = minutes(5);
constexpr Duration kFallLasts = seconds(40);
/// Dark spells of one episode are falls if they lie so far apart and last so long.
constexpr Duration kBetweenFalls = minutes(5);
/// Where bursts in between may be missed.
constexpr Duration kBetweenFallsWhenSeldom = minutes(10);
constexpr Duration kShortestFall = seconds(20);
/// From so many dark spells in one episode on, if they come this close, they are bursts; so many of their mean lengths
/// are more than one.
constexpr Duration::rep kSpellsOfBursts = 4;
constexpr Duration::rep kBurstsInFall = 6;
constexpr Duration kBetweenBursts = seconds(100);
/// In which an episode may still turn out to have been slow answers.
constexpr Duration kRegret = seconds(30);
/// After that loss has to last longer than slow answers make it seem, for so long.
constexpr Duration kWary = minutes(10);
constexpr Duration kShortestWhileWary = seconds(10);
/// Losses of our own between which it is asked whether they explain that of a network.
constexpr double kLeastOfOurs = 0.1;
constexpr double kMostOfOurs = 0.3;
/// A lone loss of a good host and five answers after it leave less than this at the second level.
constexpr double kCuriousFrom = 1.7;
/// And nineteen answers after it this at the first level.
constexpr double kFaintFrom = 1;
/// While it is dark a look every so often tells when that ends, for as long as it may still be a blip.
constexpr Duration kLookInTheDark = seconds(10);
/// An uncertainty of slow signs is one and a half rounds.
constexpr int kUncertaintiesToAskAll = 4;

std::size_t hosts_needed(std::uint64_t hosts) {
  return std::min<std::size_t>(static_cast<std::size_t>(silent_beyond_chance(hosts)), kMostHostsNeeded);
}

}  // namespace

void EpisodeTracker::judge(LossWatch& watch, const VantageView& vantage, const SlowSigns& signs, Instant now) {
  curiosity_ = Curiosity::none;
  clustered_ = signs.clustered;
  const bool regretted = open_ && !open_->partial && now - open_->detected < kRegret && failures_at_begin_ != 0 &&
                         watch.taken_back() >= 4 && 3 * watch.taken_back() >= 2 * failures_at_begin_;
  if (regretted) {
    wary_until_ = now + kWary;
    retract(watch, now);
  }
  judge_falls(watch, vantage, now);
  switch (phase_) {
    case Phase::quiet:
    case Phase::partial:
      judge_quiet(watch, vantage, now);
      judge_slow(watch, vantage, signs, now);
      break;
    case Phase::lossy:
      judge_lossy(watch, now);
      break;
    case Phase::dark:
      judge_dark(watch, now);
      break;
    case Phase::after:
      judge_after(watch, vantage, signs, now);
      break;
  }
  if (open_) classify();
}

void EpisodeTracker::judge_slow(LossWatch& watch, const VantageView& vantage, const SlowSigns& signs, Instant now) {
  if (phase_ == Phase::partial && !signs.silent_part) {
    // After a restart, and after a time without knowledge, it shows only when everybody has been asked again.
    if (!signs.all_asked || (resumed_ && now - *resumed_ < kUncertaintiesToAskAll * signs.uncertainty)) return;
    const bool seen = !resumed_ || last_loss_ >= *resumed_;
    const Border unseen = between(last_loss_, now - signs.uncertainty);
    end(seen ? now - signs.uncertainty : unseen.at, seen ? signs.uncertainty : unseen.uncertainty);
    phase_ = Phase::quiet;
    return;
  }
  if (phase_ == Phase::partial) last_loss_ = now;
  // A loss of ours that was found late is in what was inspected, which reaches back twice as far.
  const auto ours = [&](Instant since) { return vantage.doubtful() || vantage.ill_during(since - (now - since), now); };
  const bool sees = signs.silent_part || (signs.creeping && !ours(signs.creeping->at));
  if (phase_ != Phase::quiet || !sees || vantage.confirmed_until() + kRegret < now) return;
  begin(signs.silent_part ? *signs.silent_part : *signs.creeping, 0, now, now);
  open_->partial = signs.silent_part.has_value();
  phase_ = open_->partial ? Phase::partial : Phase::lossy;
  watch.begin_episode();
  watch.expect_end(0);
}

bool EpisodeTracker::over(const LossWatch& watch) const {
  if (phase_ != Phase::after) return false;
  // In heavy loss a few answers in a row are nothing.
  return open_->event_class != EventClass::spotty || watch.fine() >= kIsOver;
}

bool EpisodeTracker::down() const {
  if (phase_ == Phase::dark) return spell_->unexplained || is_total();
  // Whether all of it has come back is not known yet.
  return phase_ == Phase::lossy && spell_ && is_total() && last_loss_ <= *spell_->until;
}

bool EpisodeTracker::is_dark(const LossWatch& watch) const {
  const DarkRun& dark = watch.dark_run();
  const bool few = watch.hosts() < kFewHosts;
  return dark.failures >= (few ? kDarkFailuresOfFew : rules_.dark_failures) &&
         dark.hosts >= hosts_needed(watch.hosts()) && dark.last_failure - dark.since >= kShortest;
}

bool EpisodeTracker::proven(const LossWatch& watch, const VantageView& vantage, const Suspicion& s, Instant now) const {
  // Of hosts that are asked every second the failures that count are over sooner, though the darkness goes on.
  const DarkRun& dark = watch.dark_run();
  const Duration lasts =
      std::max(s.last_failure - s.since, is_dark(watch) ? dark.last_failure - dark.since : Duration{});
  if (lasts < (now < wary_until_ ? kShortestWhileWary : kShortest)) return false;
  if (watch.failing_hosts(s.since) < hosts_needed(watch.hosts())) return false;
  if (s.replies != 0 && watch.of_few_unknown(s.since)) return false;
  const double loss = wilson(s.failures, s.failures + s.replies).lower;
  if (loss < rules_.spotty) return false;
  // A loss in part could be ours, and one of a thousand networks sees it sooner than three references do: from then on
  // they have to show that it is not.
  if (s.replies != 0 &&
      (vantage.doubtful() || !vantage.clear_since(*suspected_, std::clamp(loss, kLeastOfOurs, kMostOfOurs)))) {
    return false;
  }
  return vantage.confirmed_until() >= s.last_failure - std::chrono::milliseconds(250);
}

void EpisodeTracker::judge_quiet(LossWatch& watch, const VantageView& vantage, Instant now) {
  if (watch.quiet()) return;
  const auto suspicions = watch.judge(vantage);
  if (suspicions[kTotalLoss].sum > 0) {
    curiosity_ = Curiosity::total;
  } else if (suspicions[1].sum >= kCuriousFrom) {
    curiosity_ = Curiosity::partial;
  } else if (rules_.seldom && suspicions[0].sum >= kFaintFrom) {
    curiosity_ = Curiosity::faint;
  }
  std::size_t level = 0;
  for (std::size_t i = 1; i < suspicions.size(); ++i) {
    if (suspicions[i].sum - rules_.threshold[i] > suspicions[level].sum - rules_.threshold[level]) level = i;
  }
  const Suspicion& s = suspicions[level];
  if (s.sum < rules_.threshold[level]) {
    suspected_.reset();
    return;
  }
  if (!suspected_) suspected_ = now;
  if (!proven(watch, vantage, s, now)) return;
  const bool dark = is_dark(watch);
  // Nothing but failures, and too few of them to tell total loss from a part of it.
  if (s.replies == 0 && !dark) return;
  const Border common = between(s.last_reply, s.since);
  const Border border = dark ? between(watch.dark_run().last_reply, watch.dark_run().since) : common;
  // Where some hosts fell silent first, that was how it began.
  const bool goes_on = phase_ == Phase::partial && border.at <= open_->start + kFringe;
  if (phase_ == Phase::partial && !goes_on) end(common.at, common.uncertainty);
  if (goes_on) {
    become_common(border, s);
  } else {
    begin(border, s.sum, now, s.last_failure);
  }
  failures_at_begin_ = s.failures;
  watch.begin_episode();
  watch.expect_end(level == 0 ? 0 : 1);
  if (dark) {
    open_->together = true;
    fall_dark(watch, now);
  } else {
    phase_ = Phase::lossy;
  }
}

void EpisodeTracker::fall_dark(LossWatch& watch, Instant now) {
  // An outage that was over is not the same as the next darkness.
  if (open_->event_class == EventClass::outage && spell_ && spell_->until) split_tail(now);
  phase_ = Phase::dark;
  const DarkRun& dark = watch.dark_run();
  const Duration apart = spell_ && spell_->until ? dark.since - *spell_->until : Duration{};
  spell_ = Spell{dark.since, dark.last_reply, std::nullopt, dark.last_failure, watch.loss_seen()};
  cut_ = {cut_.number + 1, spell_start()};
  ++spells_;
  watch.expect_revival(dark.since);
  lossy_after_ = false;
  // Bursts that come one after the other are one episode of loss, not falls.
  spell_is_fall_ = spells_ == 1 || apart >= (rules_.seldom ? kBetweenFallsWhenSeldom : kBetweenFalls);
  if (spells_ == 1) count_fall(dark.since, now);
}

void EpisodeTracker::judge_dark(LossWatch& watch, Instant now) {
  const bool other_before = spells_ > 1 || spell_start() - open_->start > kFringe;
  const Duration lost_for = std::max(watch.dark_run().last_failure, spell_->since) - spell_->since;
  const bool falls = open_->event_class == EventClass::flapping || falls_again(now);
  if (lost_for > (falls ? longest_fall(now) : rules_.blip) && other_before) split_dark(now);
  spell_->unexplained = spell_->unexplained || !explained(watch.dark_run(), now);
  const Revival& revival = watch.revival();
  if (revival.replies != 0) {
    curiosity_ = Curiosity::total;
  } else if (now - spell_->since <= rules_.blip && now >= next_look_) {
    next_look_ = now + kLookInTheDark;
    curiosity_ = Curiosity::total;
  }
  if (revival.replies < 2 || revival.hosts < std::min<std::uint64_t>(watch.hosts(), 2)) return;
  if (wilson(revival.failures, revival.failures + revival.replies).upper >= rules_.down) return;
  spell_->until = revival.first_reply;
  spell_->last_failure = std::max(revival.last_failure, spell_->since);
  cut_ = {cut_.number + 1, between(spell_->last_failure, *spell_->until).at};
  const Instant back = rules_.seldom ? between(spell_->last_failure, *spell_->until).at : *spell_->until;
  const Duration lasted = back - spell_->since;
  open_->dark += lasted;
  longest_spell_ = std::max(longest_spell_, lasted);
  falls_.lasted(lasted);
  if (lasted < kFallLasts) {
    short_dark_ += lasted;
    ++short_spells_;
  }
  fall_end_ = *spell_->until;
  // In an episode that has been open since the one before, a short one may be a burst.
  if (spells_ > 1 && spell_is_fall_ && lasted >= kShortestFall) count_fall(spell_->since, now);
  phase_ = Phase::lossy;
  watch.expect_end(1);
}

void EpisodeTracker::judge_lossy(LossWatch& watch, Instant now) {
  if (is_dark(watch)) return fall_dark(watch, now);
  follow_tail(watch);
  const std::size_t level = spell_ || watch.loss_seen() >= kLossOfSecondLevel ? 1 : 0;
  if (level != watch.end_level()) watch.expect_end(level);
  if (spell_ && is_total() && longest_spell_ > rules_.blip && lossy_after_ &&
      last_loss_ - *spell_->until > rules_.blip) {
    split_tail(now);
  }
  if (open_->event_class == EventClass::flapping && falls_.ceased(now)) {
    const Instant loss_since = std::max(fall_end_, open_->start);
    end(loss_since, Duration{});
    // Where losses are met minutes apart it takes more of them to say that there is one that goes on.
    if (rules_.seldom) return back_to_quiet(watch);
    begin({loss_since, Duration{}}, 0, now, now);
  }
  if (spell_ && now - *spell_->until < kFringe) curiosity_ = Curiosity::total;
  if (watch.fine() >= kSeemsOver && watch.failing_share() < kMostFailing) phase_ = Phase::after;
}

void EpisodeTracker::follow_tail(const LossWatch& watch) {
  last_loss_ = std::max(last_loss_, watch.last_loss());
  // What failed last in the dark is known some time after the first answers.
  if (spell_ && watch.revival().replies != 0) {
    spell_->last_failure = std::max(spell_->last_failure, watch.revival().last_failure);
  }
  // What a host or two lose by themselves is no loss of the network that goes on.
  if (spell_ && spell_->until && watch.failing_hosts(*spell_->until) >= hosts_needed(watch.hosts()))
    lossy_after_ = true;
}

void EpisodeTracker::judge_after(LossWatch& watch, const VantageView& vantage, const SlowSigns& signs, Instant now) {
  if (is_dark(watch)) return fall_dark(watch, now);
  // What looked like a loss of all is a part that stays silent.
  if (signs.silent_part && !spell_ && open_->event_class == EventClass::spotty) {
    open_->partial = true;
    phase_ = Phase::partial;
    watch.forget();
    return;
  }
  follow_tail(watch);
  if (watch.fine() <= 0) {
    phase_ = Phase::lossy;
    return;
  }
  // Bursts too short to be told between longer ones: by themselves nothing, but it goes on.
  const Suspicion total = watch.judge(vantage)[kTotalLoss];
  if (total.sum >= kSignOfBursts) last_sign_ = std::max(last_sign_, total.last_failure);
  const Instant last = spell_ ? std::max(last_loss_, *spell_->until) : last_loss_;
  if (watch.fine() < kIsOver && now - last < kFringe) curiosity_ = Curiosity::total;
  const Duration gaps = std::max(kMeanGapsToHold * watch.mean_gap(), kLongestGapsToHold * watch.longest_gap());
  Duration hold = std::clamp<Duration>(gaps, kLeastHold, kMostHold);
  if (open_->event_class == EventClass::outage) hold = Duration{};
  if (open_->event_class == EventClass::blip) hold = rules_.seldom ? kHoldWhenSeldom : kLeastHold;
  if (falls_again(now) && open_->event_class != EventClass::outage) hold = std::max(hold, kHoldForFalls);
  Instant quiet_since = std::max(last, last_sign_);
  // Of a loss in part no end was seen as long as nobody watched.
  if (open_->event_class == EventClass::spotty) quiet_since = std::max(quiet_since, resumed_.value_or(last));
  const bool over = open_->event_class == EventClass::flapping ? falls_.ceased(now) : now - quiet_since >= hold;
  if (!over || watch.fine() < kIsOver) return;
  end_at_last_loss(watch);
  back_to_quiet(watch);
}

void EpisodeTracker::judge_falls(LossWatch& watch, const VantageView& vantage, Instant now) {
  if (watch.hosts() < kFewHosts) return;
  const double dark = static_cast<double>(watch.dark_hosts()) / static_cast<double>(watch.hosts());
  const double falls_at = fall_share(watch, now);
  if (dark < 0.6 * falls_at || vantage.ill_during(now - seconds(1), now)) {
    if (falling_since_ && fall_counted_) {
      fall_end_ = now;
      cut_ = {cut_.number + 1, now};
    }
    falling_since_.reset();
    fall_counted_ = false;
  } else if (!falling_since_ && dark >= falls_at) {
    falling_since_ = now;
    returns_before_ = watch.returns();
  }
  if (!falling_since_ || fall_counted_ || now - *falling_since_ < fall_lasts(now)) return;
  // Where hosts come back all the while it is loss, however heavy.
  if ((watch.returns() - returns_before_) * 2 > watch.hosts()) {
    falling_since_.reset();
    return;
  }
  fall_counted_ = true;
  count_fall(*falling_since_, now);
}

double EpisodeTracker::fall_share(const LossWatch& watch, Instant now) const {
  // Random loss q has a share q^2 of the hosts fail twice in a row; a fall is more than that, once q is known.
  if (!open_ || now - open_->detected < kLossKnownAfter) return kFallShare;
  const double twice = watch.loss_seen() * watch.loss_seen();
  return std::clamp(0.35 + 1.2 * twice, kFallShare, 1.0);
}

Duration EpisodeTracker::fall_lasts(Instant now) const {
  // Loss in bursts leaves hosts dark for a while after a long one; a fall is longer than bursts explain.
  const bool bursts =
      open_ && short_spells_ >= kSpellsOfBursts && now - open_->detected < short_spells_ * kBetweenBursts;
  return bursts ? kBurstsInFall * short_dark_ / short_spells_ + kFallLasts : kFallLasts;
}

void EpisodeTracker::count_fall(Instant at, Instant now) {
  falls_.fall(at);
  if (!open_ || open_->partial || !clustered_ || !falls_.flapping(now)) return;
  const bool long_dark = phase_ == Phase::dark && now - spell_->since > longest_fall(now);
  if (long_dark || (open_->event_class == EventClass::outage && longest_spell_ > rules_.blip)) return;
  open_->event_class = EventClass::flapping;
  open_->start = std::min(open_->start, falls_.first());
}

}  // namespace blipd
