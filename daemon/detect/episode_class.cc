// What an episode is called, by what has been seen of it so far.
#include <algorithm>
#include <cmath>

#include "daemon/detect/episode.h"

namespace blipd {
namespace {

/// A darkness of which a part was seen is an outage if it is twice as likely as a blip.
constexpr double kSureOfOutage = 2.0 / 3;

}  // namespace

bool EpisodeTracker::falls_again(Instant now) const {
  return rules_.seldom && falls_.falls() >= 2 && !falls_.ceased(now);
}

Duration EpisodeTracker::longest_fall(Instant now) const {
  // Of a network that is asked seldom a look in time for the end of a fall may be missed.
  if (falls_again(now)) return 2 * rules_.blip;
  return std::clamp<Duration>(2 * falls_.longest(), rules_.blip, 2 * rules_.blip);
}

Instant EpisodeTracker::last_of_it() const {
  if (phase_ == Phase::dark || phase_ == Phase::partial) return Instant::max();
  if (spell_ && is_total()) return *spell_->until;
  if (phase_ == Phase::lossy) return Instant::max();
  return spell_ ? std::max(last_loss_, *spell_->until) : last_loss_;
}

Instant EpisodeTracker::spell_start() const { return between(spell_->last_reply, spell_->since).at; }

bool EpisodeTracker::is_total() const {
  if (spells_ != 1 || spell_start() - open_->start > kFringe) return false;
  if (!spell_->until || longest_spell_ > rules_.blip) return true;
  return last_loss_ - *spell_->until <= kFringe || !lossy_after_;
}

bool EpisodeTracker::is_blip() const {
  if (longest_spell_ > rules_.blip) return false;
  if (!rules_.seldom || spell_->last_reply == Instant{}) return true;
  // What is met by a probe minutes after the last answer has mostly begun before it. If nothing is known of how long
  // such things last, every order of magnitude between what was seen and what there was room for is alike.
  const double seen = to_seconds(between(spell_->last_failure, *spell_->until).at - spell_->since);
  const double room = seen + to_seconds(spell_->since - spell_->last_reply);
  const double blip = to_seconds(rules_.blip);
  return seen <= 0 || room <= blip || std::log(room / blip) < kSureOfOutage * std::log(room / seen);
}

void EpisodeTracker::classify() {
  open_->falls = std::max<std::uint64_t>(open_->falls, spells_);
  if (open_->event_class == EventClass::flapping) {
    open_->falls = falls_.falls();
    open_->period = falls_.period();
    open_->steady = falls_.steady();
  } else if (open_->partial || !is_total()) {
    open_->event_class = EventClass::spotty;
  } else {
    open_->event_class = spell_->until && is_blip() ? EventClass::blip : EventClass::outage;
  }
}

}  // namespace blipd
