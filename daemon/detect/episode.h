// One episode of trouble of a network and module, from its first sign to its end, and the machine that follows it.
//
//   quiet -> lossy  <-> dark        loss that all hosts share, some of it or all
//     |        |  \------+--> after (no loss any more; open until that is sure)
//     +-> partial                   more hosts are silent than chance explains, and the rest is fine
//
// What the episode is called follows from what has been seen of it so far, and may change while it is open: total loss
// is an outage; a blip if it was over within two minutes; spotty if loss goes on around it; flapping if falls come
// again and again. Darkness of more than two minutes in an episode that was something else before is an episode of its
// own, and so is loss that stays for two minutes after an outage.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/detect/border.h"
#include "daemon/detect/fall_memory.h"
#include "daemon/detect/loss_watch.h"
#include "daemon/detect/vantage_view.h"
#include "daemon/store/event.h"
#include "probes/fetch.h"

namespace blipd {

struct Episode {
  std::uint64_t serial = 0;  ///< of this network and module, from 1
  EventClass event_class = EventClass::outage;
  Instant start{};
  Duration start_uncertainty{};
  std::optional<Instant> end;
  Duration end_uncertainty{};
  Instant detected{};
  bool retracted = false;
  bool partial = false;   ///< some hosts alone
  bool together = false;  ///< total at once, from its first loss on
  double log_likelihood = 0;
  std::uint64_t falls = 0;
  Duration dark{};  ///< all falls together, without the one that goes on
  std::optional<Duration> period;
  bool steady = false;
};

/// What shows only slowly, and since when.
struct SlowSigns {
  std::optional<Border> silent_part;  ///< more hosts are silent than chance explains, and the rest is fine
  std::optional<Border> creeping;     ///< a common loss that came too slowly for the CUSUM, or was there from the start
  Duration uncertainty{};             ///< of when a part is not silent any more
  bool all_asked = true;              ///< every host, since anything is known again
  bool clustered = true;              ///< losses of the last half hour do not lie as random ones do
};

enum class Phase : std::uint8_t { quiet, partial, lossy, dark, after };

/// What another probe would help to decide: whether a part is lost (faint: a tenth of it), or, urgent, whether
/// everything is.
enum class Curiosity : std::uint8_t { none, faint, partial, total };

struct EpisodeRules {
  double spotty = 0.05;  ///< common loss that deserves an episode
  double down = 0.95;    ///< loss that is as good as total
  Duration blip = std::chrono::minutes(2);
  /// Failures in a row that are darkness, in networks of four hosts and more.
  std::uint64_t dark_failures = kDarkFailures;
  Duration falls_half_life = std::chrono::hours(1);
  bool seldom = false;  ///< it is asked minutes apart, and followed by other questions (follow_up.h)
  /// How much has to speak for a loss, by level: ln(outcomes a month / false alarms allowed in a month).
  std::array<double, kLossLevels.size()> threshold{18.4, 18.4, 20.8};
};

/// Probing thread only. Pure.
class EpisodeTracker {
 public:
  void configure(const EpisodeRules& rules) {
    rules_ = rules;
    falls_.set_half_life(rules.falls_half_life);
  }

  /// Fetches what it takes to tell whether anything is the matter (probes/fetch.h).
  void fetch() const {
    blipd::fetch(&phase_);
    blipd::fetch_presence(open_);
  }

  /// Takes a look.
  void judge(LossWatch& watch, const VantageView& vantage, const SlowSigns& signs, Instant now);
  /// Goes on with an episode that was open when an earlier run last watched, at `watched_until`; before anything else
  /// is told. What has become of it since shows by the first outcomes. False: too long ago for one of its kind.
  bool resume(LossWatch& watch, const Event& open, Instant watched_until, Instant now);
  /// The network was seen to fall and to come back, though not to be dark all at once.
  void note_fall(Instant from, Instant to, Instant now) {
    fall_end_ = std::max(fall_end_, to);
    count_fall(from, now);
  }
  /// Our own side was ill in that time: an episode that rests on it is taken back.
  void vantage_was_ill(LossWatch& watch, Instant from, Instant to, Instant now);

  /// The first of the falls that may be one episode; none without any.
  std::optional<Instant> first_fall() const {
    return falls_.falls() == 0 ? std::nullopt : std::optional(falls_.first());
  }

  Phase phase() const { return phase_; }
  /// Nothing is lost any more, though the episode is held open in case there is more of it.
  bool over(const LossWatch& watch) const;
  /// It is dark, and that is what the episode is about; or dark for longer than the loss explains that it is about.
  bool down() const;
  /// Whether another probe would help to decide now.
  Curiosity curiosity() const { return curiosity_; }
  const std::optional<Episode>& open() const { return open_; }
  /// Where the episode would be cut in two, should it turn out to be two: where its newest darkness began, or ended.
  struct Cut {
    std::uint64_t number = 0;  ///< of all cuts there might have been
    Instant at{};
  };
  const Cut& cut() const { return cut_; }
  /// Of what is open: since when its last darkness is over, if that is so.
  std::optional<Instant> back_since() const { return spell_ ? spell_->until : std::nullopt; }
  /// Of what is open: where it ends if nothing comes any more; never while it is dark. Only while one is open.
  Instant last_of_it() const;
  /// Those that have ended since this was called last, in order.
  std::vector<Episode> take_ended();

 private:
  /// Loss that may surround a darkness without being told.
  static constexpr Duration kFringe = std::chrono::seconds(30);
  /// A loss from which on its end is looked for at the second level.
  static constexpr double kLossOfSecondLevel = 0.2;

  struct Spell {
    Instant since{};
    Instant last_reply{};  ///< before it
    std::optional<Instant> until;
    Instant last_failure{};
    double loss_before = 0;    ///< of the episode
    bool unexplained = false;  ///< it has lasted longer than that loss, and its bursts, explain
  };

  void judge_slow(LossWatch& watch, const VantageView& vantage, const SlowSigns& signs, Instant now);
  void judge_quiet(LossWatch& watch, const VantageView& vantage, Instant now);
  void judge_lossy(LossWatch& watch, Instant now);
  void judge_dark(LossWatch& watch, Instant now);
  void judge_after(LossWatch& watch, const VantageView& vantage, const SlowSigns& signs, Instant now);
  void follow_tail(const LossWatch& watch);
  void judge_falls(LossWatch& watch, const VantageView& vantage, Instant now);

  void count_fall(Instant at, Instant now);
  double fall_share(const LossWatch& watch, Instant now) const;
  Duration fall_lasts(Instant now) const;
  bool explained(const DarkRun& dark, Instant now) const;
  static Border between(Instant before, Instant after);
  void retract(LossWatch& watch, Instant now);
  bool proven(const LossWatch& watch, const VantageView& vantage, const Suspicion& s, Instant now) const;
  bool is_dark(const LossWatch& watch) const;
  void become_common(const Border& start, const Suspicion& s);
  /// Darkness of a flapping network up to this length is another fall: twice as long as the longest it has had.
  Duration longest_fall(Instant now) const;
  void begin(const Border& start, double log_likelihood, Instant now, Instant last_loss);
  void fall_dark(LossWatch& watch, Instant now);
  void split_dark(Instant now);
  void split_tail(Instant now);
  void end(Instant at, Duration uncertainty);
  void end_at_last_loss(const LossWatch& watch);
  void refine_start();
  void back_to_quiet(LossWatch& watch);
  void classify();
  bool is_total() const;
  bool is_blip() const;
  /// It was met falling twice, and is asked so seldom that more falls are missed than met.
  bool falls_again(Instant now) const;
  Instant spell_start() const;
  void resume_total(LossWatch& watch, const Event& open, Instant watched_until);
  bool resume_flapping(const Event& open, Instant watched_until, Instant now);

  EpisodeRules rules_;
  Phase phase_ = Phase::quiet;
  Curiosity curiosity_ = Curiosity::none;
  Instant next_look_{};
  std::optional<Instant> suspected_;  ///< since when enough speaks for a loss
  Instant wary_until_{};              ///< of answers that are only slow
  std::uint64_t serial_ = 0;
  std::optional<Episode> open_;
  std::vector<Episode> ended_;
  Instant last_end_{};
  Duration last_end_uncertainty_{};
  std::optional<Spell> spell_;  ///< the newest of the episode
  std::size_t spells_ = 0;
  Duration longest_spell_{};
  bool lossy_after_ = false;  ///< hosts have gone on to lose together after the newest spell
  bool spell_is_fall_ = false;
  Duration short_dark_{};  ///< of spells too short to be a fall
  Duration::rep short_spells_ = 0;
  Instant last_loss_{};  ///< of the episode, where it is not dark
  Instant last_sign_{};  ///< of more of it, too short to be told
  std::uint64_t failures_at_begin_ = 0;
  FallMemory falls_;
  std::optional<Instant> resumed_;  ///< when the episode was taken over, if it was
  std::optional<Instant> falling_since_;
  bool fall_counted_ = false;
  bool clustered_ = true;
  std::uint64_t returns_before_ = 0;  ///< of hosts, when falling_since_ was set
  Instant fall_end_{};
  Cut cut_;
};

}  // namespace blipd
