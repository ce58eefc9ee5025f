// What to ask a network beside its rounds, and how urgently.
//
// Where there is a suspicion other hosts are asked at once. A network that is asked often needs little more. One that
// is asked a few times an hour, because its allowance is small, is followed through its trouble by what the rounds
// leave of that allowance, and which was saved up while all was well:
//
//   * in the dark a look now and then, ever more seldom, for its end;
//   * after that a closer look for half a minute and until it is certain: bursts come back soon;
//   * after a loss that came out of nothing a few probes seven seconds apart, until it is decided whether it is a fall;
//   * in a loss of a part a train of probes, until it is known whether losses come in bursts, and then one in minutes;
//   * for an hour after a fall one in 150 seconds: a network that flaps falls again.
//
// Each asks only while so much of the allowance is left as those that matter more would need.
#pragma once

#include <chrono>
#include <optional>

#include "daemon/detect/episode.h"
#include "daemon/detect/loss_train.h"
#include "probes/clock.h"

namespace blipd {

/// A probe that is worth sending beside the rounds.
struct Question {
  Duration apart{};    ///< at least so long after the last one
  double reserve = 0;  ///< so many probes of an hourly allowance have to be left for what matters more
  /// Whoever has just failed is asked as well: in the dark everybody has, but for the one that answered first.
  bool anybody = false;
};

/// Networks that are asked less often than this are followed.
inline constexpr Duration kSeldom = std::chrono::seconds(20);

/// Probing thread only. Pure.
class FollowUp {
 public:
  /// `spacing`: of background probes, over all hosts.
  void configure(std::uint64_t hosts, Duration spacing);
  bool follows() const { return follows_; }

  /// After each look of the tracker.
  void judge(EpisodeTracker& tracker, const LossWatch& watch, Instant now);
  const std::optional<Question>& question() const { return question_; }

  /// How losses lie in that episode, of those that were followed: the newest and the one before.
  LossPattern pattern(std::uint64_t serial) const;

  /// Between falls next to nothing is lost: losses lie too far apart to be a loss in part that goes on.
  bool far_between() const { return far_between_; }

  LossTrain& train() { return train_; }

 private:
  void judge_bout(EpisodeTracker& tracker, Instant now);
  std::optional<Question> ask(const EpisodeTracker& tracker, const LossWatch& watch, Instant now) const;
  bool may_be_fall(Instant now) const;
  /// It fell within the last hour, and may fall again.
  bool may_fall(Instant now) const;
  std::optional<Question> ask_spotty(const Episode& episode, Instant now) const;

  bool follows_ = false;
  Duration spacing_{};
  std::optional<Question> question_;
  LossTrain train_;
  struct Shape {
    std::uint64_t serial = 0;
    LossTransitions losses;
  };
  Shape shape_;
  Shape shape_before_;
  std::uint64_t neighbours_ = 0;  ///< of the open episode, the quiet after its last loss included
  std::uint64_t seen_ = 0;        ///< of what the train was told
  Bout bout_;
  bool far_between_ = true;
  Instant fall_{};               ///< the newest bout that was a fall
  std::optional<Instant> fell_;  ///< when it was last seen to have fallen
};

}  // namespace blipd
