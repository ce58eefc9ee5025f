// The state of one network under one module: up, spotty, down or unknown.
//
// Evidence is what was booked since the last change of state, in sliding windows of the configured lengths. A state is
// entered and left when the whole 95 % Wilson interval of the loss is across its border, in any of the windows,
// shortest first. Three refinements keep small and sick networks apart:
//
//   * of the failures of one host in a row only two count towards common loss, in networks of four hosts and more, so
//     that one dead host is its own matter; more silent hosts than chance explains make the network spotty;
//   * an unbroken run of failures (or replies) over all hosts is evidence of its own, so that the end of an outage is
//   not
//     hidden by the outage still in the window, and its beginning not by the quiet before;
//   * nothing but failures for a whole shortest window is down, however few probes that is; so is a dead network of one
//     host, which no interval over so few probes could show.
#pragma once

#include <cstdint>
#include <vector>

#include "daemon/store/block.h"
#include "daemon/store/interval.h"
#include "daemon/store/window.h"

namespace blipd {

struct DetectionRules {
  double spotty = 0.05;           ///< common loss from which a network is spotty
  double down = 0.95;             ///< and down
  std::vector<Duration> windows;  ///< shortest first, at least one
};

/// Probing thread only. Pure.
class ModuleDetector {
 public:
  /// Before anything else. Evidence is kept where window lengths stay the same; the state is kept.
  void configure(const DetectionRules& rules);
  /// A final outcome, in send order. `failure_run`: failures of its host in a row; `hosts`: hosts with any outcome.
  void on_booked(Instant sent, bool reply, unsigned failure_run, std::uint64_t hosts);
  /// Decides with outcomes booked up to `until`. `round`: in which each host is asked once. Without an outcome for two
  /// rounds, or for the shortest window if that is longer, the state is unknown.
  State evaluate(Instant until, Duration round, const HostConditions& hosts);

  State state() const { return state_; }
  /// When what led to the state began, by the send times of probes, and how long before that the last probe was that
  /// did not show it.
  Instant since() const { return since_; }
  Duration since_uncertainty() const { return since_uncertainty_; }

 private:
  struct Evidence {
    Duration length;
    Window all;
    Window common;
  };

  State decide(Instant until, Duration round, const HostConditions& hosts) const;
  bool many_silent(Instant until, Duration round, const HostConditions& hosts) const;
  State decide_from_run(Instant until) const;
  bool left_down() const;
  void enter(State state);
  void follow_suspicion(Instant sent, bool reply);
  void date(State state);

  DetectionRules rules_;
  std::vector<Evidence> evidence_;
  State state_ = State::unknown;
  Instant since_{};
  Duration since_uncertainty_{};
  Instant newest_{};          ///< send time of the newest outcome
  Instant evidence_since_{};  ///< of the oldest outcome since the last change
  bool any_ = false;          ///< anything booked since the last change
  // The unbroken run at the end of what was booked.
  std::uint64_t failures_in_row_ = 0;
  std::uint64_t replies_in_row_ = 0;
  Instant failing_since_{};
  Instant replying_since_{};
  Instant last_reply_{};
  Instant last_failure_{};
  /// CUSUM (Page 1954) of a common loss of 30 % against one of 1 %: it leaves zero where a loss begins.
  double suspicion_ = 0;
  Instant suspicion_since_{};
  Duration suspicion_uncertainty_{};
  // What came since the first reply after the last long run of failures.
  ReplyCount recovery_;
};

/// The least number of silent hosts among `hosts` that chance does not explain, when a host is silent by itself with
/// probability 0.01: P[Binomial(hosts, 0.01) >= k] < 1e-4. Under four hosts all of them.
std::uint64_t silent_beyond_chance(std::uint64_t hosts);

}  // namespace blipd
