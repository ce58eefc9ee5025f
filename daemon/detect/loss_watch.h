// Watches the outcomes of one network and module as they become known, for loss that its hosts share.
//
// Guards keep the loss of single hosts apart, in networks of four hosts and more: of a host's failures in a row the
// first two count, and a suspicion needs several hosts. Under four hosts there may be nobody else to ask, and all
// counts.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "daemon/detect/loss_slots.h"
#include "daemon/store/target.h"
#include "daemon/store/window.h"

namespace blipd {

/// A run of failures is darkness from this many on; chance at a loss of 30 % makes one of 1,400 such runs.
inline constexpr std::uint64_t kDarkFailures = 6;
/// Below this many hosts a host's repeated failures all count.
inline constexpr std::uint64_t kFewHosts = 4;

/// The unbroken run of failures at the end of what is known, over all hosts that used to answer.
struct DarkRun {
  std::uint64_t failures = 0;
  std::size_t hosts = 0;   ///< different ones, counted up to 8
  Instant since{};         ///< send time of the first
  Instant last_failure{};  ///< and of the newest
  Instant last_reply{};    ///< the newest reply sent before it; Instant{} without any
};

/// Signs of life in a network that is dark.
struct Revival {
  std::size_t hosts = 0;  ///< different ones that answered, counted up to 2
  std::uint64_t replies = 0;
  std::uint64_t failures = 0;  ///< of what was sent after the first reply
  Instant first_reply{};       ///< by send time
  Instant last_failure{};      ///< sent before it
};

/// Probing thread only. Pure. Allocates nothing.
class LossWatch {
 public:
  /// So many hosts are probed.
  void set_hosts(std::uint64_t hosts) { hosts_ = hosts; }
  /// Counts the hosts that are dark anew, after some came or went.
  void recount(const std::vector<TargetState>& targets);

  // Each moves the host's `suspect_run` as well. `place` tells hosts apart.
  /// `evidence`: what this host fails by itself is its own matter, unless all is dark.
  void on_suspect(TargetState& host, std::uint32_t place, Instant sent, bool evidence = true);
  void on_reply(TargetState& host, std::uint32_t place, Instant sent, bool was_suspect);
  void on_late(TargetState& host, Instant sent);
  /// A suspect that proves nothing after all.
  void on_withdrawn(TargetState& host, Instant sent);

  /// Nothing has failed of late that would count.
  bool quiet() const { return slots_.quiet(); }
  std::array<Suspicion, kLossLevels.size()> judge(const Verdicts& verdicts) const { return slots_.judge(verdicts); }
  /// Different hosts among the newest 32 failures that count and were sent at `since` or later.
  std::size_t failing_hosts(Instant since) const;
  /// Among these failures, three quarters and more are of the worst quarter of the hosts (the worst five at most), and
  /// most are of hosts whose own loss is not known yet: it may be theirs.
  bool of_few_unknown(Instant since) const;
  const DarkRun& dark_run() const { return dark_; }
  // What a reply touches, in two steps (probes/fetch.h).
  void fetch() const {
    slots_.fetch();
    blipd::fetch(&dark_, static_cast<std::size_t>(reinterpret_cast<const char*>(this + 1) -
                                                  reinterpret_cast<const char*>(&dark_)));
  }
  void fetch_slot() const { slots_.fetch_slot(); }
  /// Hosts with two failures and more in a row.
  std::uint64_t dark_hosts() const { return dark_hosts_; }
  /// How often one of them has answered again, ever.
  std::uint64_t returns() const { return returns_; }
  std::uint64_t hosts() const { return hosts_; }

  /// The network has been dark since then: answers to what was sent later are signs of life.
  void expect_revival(Instant since);
  const Revival& revival() const { return revival_; }

  /// An earlier run watched until then, and nobody until now.
  void resume(Instant watched_until, Instant now);
  /// It saw the network dark from `since` on, and to the end.
  void resume_dark(Instant since, Instant last_reply);
  /// An episode begins: what is measured over all of it begins anew.
  void begin_episode();
  /// How much speaks for the loss being over, as log-likelihood against a loss of that level: a CUSUM of its own that
  /// failures take back. Begins at zero.
  void expect_end(std::size_t level);
  std::size_t end_level() const { return level_; }
  double fine() const { return fine_; }
  /// The newest failure that counted when `fine` was last at zero, and the first reply after it.
  Instant last_loss() const { return last_loss_; }
  Instant first_reply_after() const { return first_reply_after_; }
  /// The share of what is asked now that fails, repeated failures too: over about the last eight outcomes since
  /// `expect_end`, which begins at 1.
  double failing_share() const { return failing_share_; }
  /// Mean time without a loss between two losses since `begin_episode`.
  Duration mean_gap() const;
  Duration longest_gap() const { return longest_gap_; }
  /// The loss of what is known since `begin_episode`, without failures that are a host's own matter.
  double loss_seen() const;
  /// Failures that an answer took back since `begin_episode`.
  std::uint64_t taken_back() const { return taken_back_; }
  /// What failed so far counts no more: it has been told, or our own side was ill. Nor does what was sent before
  /// `until` and turns out later to have failed.
  void forget(Instant until = {});

 private:
  struct Failure {
    Instant sent{};
    std::uint32_t place = 0;
    bool unknown = false;  ///< the host's own loss
  };

  void follow_dark(std::uint32_t place, Instant sent);
  void break_dark(Instant sent);
  void follow_revival(std::uint32_t place, Instant sent);
  void follow_end(Instant sent, const Likelihood* failure);

  std::uint64_t hosts_ = 0;
  LossSlots slots_;
  std::array<Failure, 32> failures_{};
  std::uint64_t failures_seen_ = 0;
  DarkRun dark_;
  std::array<std::uint32_t, 8> dark_places_{};
  std::uint64_t dark_hosts_ = 0;
  std::uint64_t returns_ = 0;
  Instant newest_reply_{};
  Revival revival_;
  Instant dark_since_ = Instant::max();
  std::uint32_t reviver_ = 0;
  std::size_t level_ = 1;
  double fine_ = 0;
  Instant last_loss_{};
  Instant first_reply_after_{};
  Duration gaps_{};
  std::uint64_t gap_count_ = 0;
  Instant newest_loss_{};
  Instant watched_since_{};  ///< a time in which nobody watched is no time without a loss
  Duration longest_gap_{};
  Instant reply_after_loss_ = Instant::max();  ///< the earliest reply sent after `newest_loss_`
  ReplyCount seen_;
  std::uint64_t taken_back_ = 0;
  double failing_share_ = 0;
  Instant forgotten_until_{};
};

/// The least number of silent hosts among `hosts` that chance does not explain, when a host is silent by itself with
/// probability 0.01: P[Binomial(hosts, 0.01) >= k] < 1e-4. Under four hosts all of them.
std::uint64_t silent_beyond_chance(std::uint64_t hosts);

}  // namespace blipd
