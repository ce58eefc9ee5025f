// One network under one module: its state, and the episodes of trouble it goes through.
//
// Told every outcome as it becomes known, it decides at once, on suspects, and takes back what answers disprove. What
// is final (booked) feeds what must not be wrong: counts, the shape of the loss, and what is usual for each host.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "daemon/detect/episode.h"
#include "daemon/detect/follow_up.h"
#include "daemon/detect/loss_shape.h"
#include "daemon/detect/loss_watch.h"
#include "daemon/detect/own_faults.h"
#include "daemon/detect/path_delay.h"
#include "daemon/detect/rate_limit_test.h"
#include "daemon/detect/vantage_view.h"
#include "daemon/store/block.h"
#include "daemon/store/event.h"
#include "daemon/store/interval.h"
#include "daemon/store/window.h"

namespace blipd {

struct DetectionRules {
  double spotty = 0.05;  ///< common loss from which a network is spotty
  double down = 0.95;    ///< and down
  Duration blip = std::chrono::minutes(2);
  double false_outages_per_network_month = 0.01;
  Duration shortest_window = std::chrono::minutes(1);
  std::uint64_t hosts = 0;
  Duration round = std::chrono::seconds(10);
};

/// Where an ICMP error about a probe came from, and what it says of the way.
enum class ErrorKind : std::uint8_t { route, host, filter, other };
ErrorKind kind_of(const IcmpErrorCode& icmp, bool v4, bool from_inside);

/// Probing thread only. Pure.
class ModuleDetector {
 public:
  /// Before anything else. What is known is kept.
  void configure(const DetectionRules& rules);
  /// Hosts came or went.
  void recount(const std::vector<TargetState>& targets);

  // What a reply to a probe of that time touches, in two steps (probes/fetch.h).
  void fetch(Instant sent) const {
    watch_.fetch();
    delay_.fetch(sent);
    tracker_.fetch();
    limit_test_.fetch();
  }
  void fetch_slot() const { watch_.fetch_slot(); }
  // And what a final outcome touches.
  void fetch_books() const {
    blipd::fetch(&recent_, static_cast<std::size_t>(reinterpret_cast<const char*>(&followed_) -
                                                    reinterpret_cast<const char*>(&recent_)));
    blipd::fetch_presence(settling_);
    tracker_.fetch();
  }
  /// And what a snapshot takes.
  void fetch_shape() const { blipd::fetch(&runs_); }
  // Each also moves what is remembered of the host. `background` probes alone make ratios and shape.
  void on_suspect(TargetState& host, std::uint32_t place, Instant sent);
  void on_reply(TargetState& host, std::uint32_t place, Instant sent, Duration round_trip, std::uint8_t hop_limit,
                bool was_suspect);
  void on_late(TargetState& host, Instant sent);
  void on_withdrawn(TargetState& host, Instant sent);
  void on_error(Instant sent, const IcmpErrorCode& icmp, const Address& responder, ErrorKind kind);
  /// A final outcome of a background probe, in send order. `failure_run`: failures in a row of its host, this one
  /// included.
  void on_booked(TargetState& host, std::uint32_t place, Instant sent, bool reply, unsigned failure_run);
  /// The same of one that is void.
  void on_void(Instant sent);

  /// An event of the network that was open when an earlier run last watched goes on, or ends, by what is told of this
  /// module. Its state stays unknown until something is. Before anything is told; after `configure`.
  void resume(const Event& open, Instant watched_until, Instant now) {
    tracker_.resume(watch_, open, watched_until, now);
  }

  /// Decides. Everything sent up to `until` is booked.
  void judge(const VantageView& vantage, const HostConditions& conditions, Instant until, Instant now);
  /// The first judgement depends on a look at each host. `until`: as in `judge`.
  bool wants_first_look(Instant until) const;
  /// Looks for loss that came too slowly to be met by anything else, or was there from the start. Every few minutes,
  /// and before a judgement that depends on it.
  void inspect(const std::vector<TargetState>& targets, Instant until);
  /// Our own side was ill in that time.
  void vantage_was_ill(Instant from, Instant to, Instant now) { tracker_.vantage_was_ill(watch_, from, to, now); }

  /// Hosts whose answers are limited. While they are no more than half of all, their failures are no evidence.
  const LimitedHosts& limited() const { return limited_; }
  bool disregards_limited() const { return 2 * limited_.count() <= rules_.hosts; }
  void add_limited(std::uint32_t place, const TargetState& host) { limited_.add(place, host); }
  void review_limited(const std::vector<TargetState>& targets) { limited_.review(targets); }
  RateLimitTest& limit_test() { return limit_test_; }

  State state() const { return state_; }
  /// The state by what its episode is about: a spotty one that is dark for a while is spotty trouble all the same.
  State trouble() const {
    const bool spotty = tracker_.open() && tracker_.open()->event_class == EventClass::spotty;
    return spotty ? std::min(state_, State::spotty) : state_;
  }
  /// Has to be judged at each turn; others after an outcome, and now and then.
  bool attentive() const {
    return tracker_.phase() != Phase::quiet || curious() || settling_ || limit_test_.running() ||
           state_ == State::unknown;
  }
  /// Another probe would help to decide.
  bool curious() const { return tracker_.curiosity() > Curiosity::faint; }
  /// What is worth asking beside the rounds, if anything is.
  const std::optional<Question>& question() const { return follow_up_.question(); }
  /// The one that is open; or that has ended (`end` is set), until all of its probes are booked.
  const std::optional<Episode>& episode() const { return settling_ ? settling_ : tracker_.open(); }
  /// Those that ended and are booked since this was called last, in order.
  std::vector<Episode> take_ended() { return std::exchange(ended_, {}); }
  /// Puts into words what is known of an episode that is open or has just ended. Network, id and what other modules
  /// say are left alone.
  void describe(const Episode& episode, Event& event) const;

  std::optional<double> burst_ratio() const { return runs_.burst_ratio(); }
  const LossRunHistogram& loss_runs() const { return runs_.runs(); }

 private:
  /// The first judgement of a network rests on at least so many probes.
  static constexpr std::uint64_t kLeastProbes = 5;

  /// Background probes of an episode.
  struct Counts {
    std::uint64_t probes = 0;
    std::uint64_t replies = 0;
    std::uint64_t voids = 0;  ///< not in `probes`
  };
  struct Errors {
    std::vector<ErrorEvidence> seen;  ///< at most 8
    std::array<std::uint64_t, 4> by_kind{};
    Instant newest{};
  };

  bool calm() const { return tracker_.phase() == Phase::quiet && !curious(); }
  State decide(Instant until) const;
  Interval first_loss() const { return wilson(first_.probes - first_.replies, first_.probes, runs_.correlation()); }
  SlowSigns slow_signs(const HostConditions& conditions, Instant until);
  bool is_evidence(std::uint32_t place) const { return !disregards_limited() || !limited_.contains(place); }
  bool is_counted(Instant sent) const;
  void mark_cut(Instant sent);
  void follow_episode(Instant now);
  void begin_calm(Instant since);
  void count_calm(TargetState& host, Instant sent);
  Duration calm_round() const;
  void settle(Instant until);
  void cut_counts();
  EventCause cause_of(const Episode& episode) const;

  DetectionRules rules_;
  LossWatch watch_;
  EpisodeTracker tracker_;
  FollowUp follow_up_;
  std::optional<Episode> settling_;  ///< has ended, and its last probes are not booked yet
  struct Description {
    std::uint64_t serial = 0;
    Event event;
  };
  std::vector<Episode> ended_;
  std::vector<Description> ended_as_;  ///< those that ended at the newest look, as they were then
  State state_ = State::unknown;
  // What is booked.
  Window recent_{std::chrono::minutes(10)};
  Window hour_{std::chrono::hours(1)};
  LossRuns runs_;
  std::uint8_t recent_failures_ = 0;  ///< of the newest eight outcomes, newest in bit 0
  std::uint32_t failed_place_ = 0;
  Instant first_booked_{};
  Instant newest_booked_{};
  ReplyCount first_;  ///< since nothing was known, without failures that are a host's own matter
  std::optional<Border> creeping_;
  bool rest_fine_ = false;               ///< hosts that are not silent lose next to nothing just now
  std::optional<Instant> silent_since_;  ///< since when, in booked time, more hosts are silent than chance explains
  bool in_episode_ = false;
  /// What was sent since the last episode, or since anything is known again. What was lost before has been told,
  /// however long ago it is in a host's outcomes: rounds may have been missed, or void.
  struct Calm {
    std::uint16_t number = 1;  ///< as TargetState::calm
    Instant since{};
    Instant first{};             ///< send time of the first outcome
    std::uint64_t outcomes = 0;  ///< booked
    std::uint64_t hosts = 0;     ///< with an outcome
  };
  Calm calm_;
  // Of the episode that is open, or was last.
  std::uint64_t followed_ = 0;  ///< its serial
  LossTransitions transitions_;
  LossTransitions transitions_at_last_failure_;  ///< the quiet after it says nothing of how losses lie
  Counts counts_;
  Counts counts_at_last_failure_;
  /// What it was when the outcomes had come to where it may be cut in two.
  struct AtCut {
    std::uint64_t number = 0;  ///< as EpisodeTracker::cut
    Counts counts;
    LossTransitions transitions;
  };
  AtCut at_cut_;
  std::optional<Counts> after_cut_;           ///< of an episode that has begun with a cut, and is not followed yet
  std::uint64_t hosts_failing_at_first_ = 0;  ///< when it was told
  std::uint64_t hosts_affected_ = 0;          ///< that have failed since
  std::uint64_t new_paths_ = 0;
  bool congested_ = false;
  std::uint64_t answers_ = 0;  ///< since it began, of every purpose; and those that took longer than usual
  std::uint64_t delayed_ = 0;
  DelayFigures before_;
  DelayFigures during_;
  Errors errors_;
  PathDelay delay_;
  OwnFaults own_faults_;
  LimitedHosts limited_;
  RateLimitTest limit_test_;
};

}  // namespace blipd
