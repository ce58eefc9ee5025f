#include "daemon/detect/module_detector.h"

#include <algorithm>
#include <cmath>

namespace blipd {
namespace {

/// Below this many hosts a host's repeated failures all count: there may be no other host to ask.
constexpr std::uint64_t kFewHosts = 4;
constexpr unsigned kFailuresThatCount = 2;
/// Probes a judgement from a whole shortest window, or from a recovery, rests on at least.
constexpr std::uint64_t kLeastProbes = 5;
/// An interval over fewer probes than this is wide but touches the border after one or two losses: chance.
constexpr std::uint64_t kLeastForInterval = 20;
/// Replies after which a network that was down is no longer down.
constexpr std::uint64_t kRecoveryReplies = 3;
constexpr double kMostSuspicion = 30;

/// Interval of the loss.
Interval loss(const ReplyCount& count) { return wilson(count.probes - count.replies, count.probes); }

}  // namespace

void ModuleDetector::configure(const DetectionRules& rules) {
  rules_ = rules;
  std::vector<Evidence> evidence;
  for (const Duration length : rules.windows) {
    const auto same =
        std::find_if(evidence_.begin(), evidence_.end(), [&](const Evidence& e) { return e.length == length; });
    evidence.push_back(same != evidence_.end() ? *same : Evidence{length, Window(length), Window(length)});
  }
  evidence_ = std::move(evidence);
}

void ModuleDetector::on_booked(Instant sent, bool reply, unsigned failure_run, std::uint64_t hosts) {
  if (!any_) evidence_since_ = sent;
  any_ = true;
  newest_ = std::max(newest_, sent);
  const bool own_matter = !reply && failure_run > kFailuresThatCount && hosts >= kFewHosts;
  for (Evidence& evidence : evidence_) {
    evidence.all.add(sent, reply);
    if (!own_matter) evidence.common.add(sent, reply);
  }
  if (state_ == State::down && (reply || recovery_.replies != 0)) {
    ++recovery_.probes;
    recovery_.replies += reply ? 1U : 0U;
  }
  if (!own_matter) follow_suspicion(sent, reply);
  if (reply) {
    failures_in_row_ = 0;
    if (replies_in_row_ == 0) replying_since_ = sent;
    ++replies_in_row_;
    last_reply_ = sent;
  } else {
    if (failures_in_row_ == 0) failing_since_ = sent;
    last_failure_ = sent;
    ++failures_in_row_;
    // A single answer in the middle of an outage is not the beginning of its end.
    if (failures_in_row_ >= kLeastForInterval) recovery_ = {};
    // A silent host among others does not break a run of replies.
    if (!own_matter) replies_in_row_ = 0;
  }
}

State ModuleDetector::evaluate(Instant until, Duration round, const HostConditions& hosts) {
  const Duration patience = std::max(rules_.windows.front(), 2 * round);
  const bool nothing_known = (!any_ && state_ == State::unknown) || newest_ + patience < until;
  const State now = nothing_known ? State::unknown : decide(until, round, hosts);
  if (now != state_) enter(now);
  return state_;
}

void ModuleDetector::follow_suspicion(Instant sent, bool reply) {
  constexpr double kLoss = 0.3;
  constexpr double kBaseline = 0.01;
  if (!reply && suspicion_ == 0) {
    suspicion_since_ = sent;
    suspicion_uncertainty_ = last_reply_ == Instant{} ? Duration{} : sent - last_reply_;
  }
  const double step = reply ? std::log(1 - kLoss) : std::log((1 - (1 - kLoss) * (1 - kBaseline)) / kBaseline);
  // It need not rise beyond what a minute of replies takes back.
  suspicion_ = std::clamp(suspicion_ + step, 0.0, kMostSuspicion);
}

void ModuleDetector::date(State state) {
  switch (state) {
    case State::down:
      since_ = failing_since_;
      since_uncertainty_ = last_reply_ == Instant{} ? Duration{} : failing_since_ - last_reply_;
      return;
    case State::spotty:
    case State::flapping:
      // What was dark and answers now and then was spotty from its first answer on.
      since_ = state_ == State::down ? replying_since_ : suspicion_ > 0 ? suspicion_since_ : evidence_since_;
      since_uncertainty_ = state_ != State::down && suspicion_ > 0 ? suspicion_uncertainty_ : Duration{};
      return;
    case State::up:
      since_ = std::max(replying_since_, last_failure_);
      since_uncertainty_ = Duration{};
      return;
    case State::unknown:
      since_ = newest_;
      since_uncertainty_ = Duration{};
      return;
  }
}

void ModuleDetector::enter(State state) {
  date(state);
  state_ = state;
  any_ = false;
  for (Evidence& evidence : evidence_) {
    evidence.all.clear();
    evidence.common.clear();
  }
  recovery_ = {};
  if (state == State::unknown) failures_in_row_ = replies_in_row_ = 0;
}

State ModuleDetector::decide_from_run(Instant until) const {
  if (failures_in_row_ != 0) {
    const bool certain = loss({failures_in_row_, 0}).lower >= rules_.down;
    const bool long_enough = failures_in_row_ >= kLeastProbes && until - failing_since_ >= rules_.windows.front();
    if (certain || long_enough) return State::down;
  }
  if (replies_in_row_ != 0 && loss({replies_in_row_, replies_in_row_}).upper < rules_.spotty) return State::up;
  return State::unknown;
}

bool ModuleDetector::left_down() const {
  return recovery_.replies >= kRecoveryReplies && loss(recovery_).upper < rules_.down;
}

bool ModuleDetector::many_silent(Instant until, Duration round, const HostConditions& hosts) const {
  // After a change a silent host may only not have been asked again: two rounds see every host.
  const bool all_asked = any_ && until - evidence_since_ >= 2 * round;
  // Silent hosts speak for a part of the network only where the rest is fine; while an outage begins, nobody is for
  // long.
  const std::uint64_t rest = hosts.known() - hosts.silent;
  const bool rest_fine = rest != 0 && hosts.wavering <= rest / 10;
  return all_asked && rest_fine && hosts.known() >= kFewHosts && hosts.silent >= silent_beyond_chance(hosts.known());
}

State ModuleDetector::decide(Instant until, Duration round, const HostConditions& hosts) const {
  const bool silent_part = many_silent(until, round, hosts);
  const State run = decide_from_run(until);
  if (run == State::down) return State::down;
  if (state_ == State::down) {
    if (!left_down()) return State::down;
    return loss(recovery_).lower >= rules_.spotty ? State::spotty : State::up;
  }
  if (silent_part) return State::spotty;
  if (run == State::up) return State::up;
  for (const Evidence& evidence : evidence_) {
    const ReplyCount all = evidence.all.count(until);
    const ReplyCount common = evidence.common.count(until);
    if (all.probes == 0 || common.probes == 0) continue;
    if (loss(all).lower >= rules_.down) return State::down;
    // Nothing but failures at the end: perhaps an outage begins. The run above decides that within the shortest window.
    const bool darkening = failures_in_row_ > kFailuresThatCount;
    if (common.probes >= kLeastForInterval && loss(common).lower >= rules_.spotty && !darkening) return State::spotty;
    if (loss(common).upper < rules_.spotty) return State::up;
  }
  if (state_ != State::unknown) return state_;
  // The first judgement must not wait for certainty: a whole shortest window, and the likeliest state.
  const ReplyCount first = evidence_.front().all.count(until);
  if (first.probes < kLeastProbes || until - evidence_since_ < rules_.windows.front()) return State::unknown;
  return loss(first).lower < rules_.spotty ? State::up : State::spotty;
}

std::uint64_t silent_beyond_chance(std::uint64_t hosts) {
  if (hosts < kFewHosts) return hosts;
  constexpr double kSilentByItself = 0.01;
  constexpr double kChance = 1e-4;
  const auto n = static_cast<double>(hosts);
  // Sums the distribution from its lower end in logarithms; what is left above is the tail.
  double log_term = n * std::log1p(-kSilentByItself);
  double below = std::exp(log_term);
  std::uint64_t k = 1;
  const double log_odds = std::log(kSilentByItself) - std::log1p(-kSilentByItself);
  for (; k <= hosts && 1.0 - below >= kChance; ++k) {
    const auto i = static_cast<double>(k);
    log_term += std::log(n - i + 1) - std::log(i) + log_odds;
    below += std::exp(log_term);
  }
  return k;
}

}  // namespace blipd
