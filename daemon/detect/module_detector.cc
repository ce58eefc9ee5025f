#include "daemon/detect/module_detector.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "daemon/detect/host_memory.h"

namespace blipd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kSecondsOfMonth = 30.0 * 86400;
/// Ten times as many false alarms of any kind are allowed as false outages.
constexpr double kFalseAlarmsPerFalseOutage = 10;
/// Outcomes a host's own loss is learnt over: a day's, within these bounds.
constexpr double kLeastMemory = 200;
constexpr double kMostMemory = 60000;
/// A round that is longer makes a network slow to judge.
constexpr Duration kSlowRound = minutes(5);
constexpr std::uint64_t kDarkFailuresWhenSlow = 8;
constexpr Duration kErrorsLast = minutes(1);
constexpr Duration kBefore = seconds(30);
constexpr Duration kLongestBefore = minutes(3);
constexpr std::uint64_t kLeastAnswers = 8;

}  // namespace

void ModuleDetector::configure(const DetectionRules& rules) {
  rules_ = rules;
  watch_.set_hosts(rules.hosts);
  const double rate = std::min(static_cast<double>(rules.hosts) / to_seconds(rules.round), LossSlots::kMostPerSecond);
  const double outcomes = std::max(rate * kSecondsOfMonth, 1.0);
  EpisodeRules episodes;
  episodes.spotty = rules.spotty;
  episodes.down = rules.down;
  episodes.blip = rules.blip;
  const double allowed = rules.false_outages_per_network_month;
  episodes.threshold.fill(std::max(4.6, std::log(outcomes / (allowed * kFalseAlarmsPerFalseOutage))));
  episodes.threshold[kTotalLoss] = std::max(6.9, std::log(outcomes / allowed));
  if (rules.round > kSlowRound) {
    // Of a network that is asked seldom much depends on a few probes, and most falls are missed.
    episodes.dark_failures = kDarkFailuresWhenSlow;
    episodes.falls_half_life = std::clamp<Duration>(2 * rules.round, hours(1), hours(2));
  }
  follow_up_.configure(rules.hosts,
                       rules.hosts == 0 ? rules.round : rules.round / static_cast<Duration::rep>(rules.hosts));
  episodes.seldom = follow_up_.follows();
  tracker_.configure(episodes);
}

void ModuleDetector::recount(const std::vector<TargetState>& targets) {
  watch_.recount(targets);
  calm_.hosts = static_cast<std::uint64_t>(std::count_if(
      targets.begin(), targets.end(), [&](const TargetState& t) { return t.active && t.calm == calm_.number; }));
}

void ModuleDetector::on_suspect(TargetState& host, std::uint32_t place, Instant sent) {
  own_faults_.on_suspect(sent);
  if (own_faults_.likely()) return;
  limit_test_.on_suspect(place, sent);
  watch_.on_suspect(host, place, sent, is_evidence(place));
  if (is_good(host)) follow_up_.train().on_suspect(place, sent);
  if (!tracker_.open()) return;
  const auto tag = static_cast<std::uint16_t>(followed_);
  if (host.episode == tag || sent < tracker_.open()->start) return;
  host.episode = tag;
  ++hosts_affected_;
}

void ModuleDetector::on_reply(TargetState& host, std::uint32_t place, Instant sent, Duration round_trip,
                              std::uint8_t hop_limit, bool was_suspect) {
  limit_test_.on_reply(place, sent, was_suspect);
  watch_.on_reply(host, place, sent, was_suspect && is_evidence(place));
  if (is_good(host)) follow_up_.train().on_reply(place, sent);
  const bool delayed = is_delayed(host, round_trip);
  delay_.add(sent, round_trip, delay_beyond_usual(host, round_trip), delayed);
  if (tracker_.open() && sent >= tracker_.open()->start) {
    ++answers_;
    delayed_ += delayed ? 1U : 0U;
  }
  learn_round_trip(host, round_trip, calm());
  if (hop_limit == 0) return;
  const int off = host.hop_limit == 0 ? 0 : std::abs(int{hop_limit} - int{host.hop_limit});
  if (off >= 2 && tracker_.open() && sent >= tracker_.open()->start) ++new_paths_;
  host.hop_limit = hop_limit;
}

void ModuleDetector::on_withdrawn(TargetState& host, Instant sent) {
  own_faults_.on_withdrawn(sent);
  watch_.on_withdrawn(host, sent);
}

void ModuleDetector::on_late(TargetState& host, Instant sent) { watch_.on_late(host, sent); }

void ModuleDetector::on_error(Instant sent, const IcmpErrorCode& icmp, const Address& responder, ErrorKind kind) {
  if (!tracker_.open() && sent - errors_.newest > kErrorsLast) errors_ = {};
  errors_.newest = std::max(errors_.newest, sent);
  ++errors_.by_kind[static_cast<std::size_t>(kind)];
  constexpr std::size_t kMostErrors = 8;
  const auto same = std::find_if(errors_.seen.begin(), errors_.seen.end(),
                                 [&](const ErrorEvidence& e) { return e.icmp == icmp && e.responder == responder; });
  if (same != errors_.seen.end()) {
    ++same->count;
  } else if (errors_.seen.size() < kMostErrors) {
    errors_.seen.push_back({icmp, responder, 1});
  }
}

void ModuleDetector::on_booked(TargetState& host, std::uint32_t place, Instant sent, bool reply, unsigned failure_run) {
  if (first_.probes == 0) first_booked_ = sent;
  newest_booked_ = std::max(newest_booked_, sent);
  const bool own_matter = !reply && rules_.hosts >= kFewHosts && failure_run > 2;
  if (!own_matter || first_.replies == 0) ++first_.probes;
  first_.replies += reply ? 1U : 0U;
  count_calm(host, sent);
  recent_.add(sent, reply);
  hour_.add(sent, reply);
  runs_.add(!reply, sent);
  if (is_counted(sent)) {
    mark_cut(sent);
    transitions_.add(!reply);
    ++counts_.probes;
    counts_.replies += reply ? 1U : 0U;
    // Hosts go on to lose what they always lose.
    if (!reply && (episode()->end || sent <= tracker_.last_of_it())) {
      counts_at_last_failure_ = counts_;
      transitions_at_last_failure_ = transitions_;
    }
  }
  const bool shared = recent_failures_ != 0 && failed_place_ != place;
  if (calm() && rules_.hosts >= kFewHosts && (reply || !shared)) {
    const double day = std::clamp(86400 / to_seconds(rules_.round), kLeastMemory, kMostMemory);
    learn_loss(host, reply, static_cast<std::uint32_t>(day));
  }
  recent_failures_ = static_cast<std::uint8_t>(unsigned{recent_failures_} << 1U | (reply ? 0U : 1U));
  if (!reply) failed_place_ = place;
}

void ModuleDetector::on_void(Instant sent) {
  if (!is_counted(sent)) return;
  mark_cut(sent);
  ++counts_.voids;
  if (episode()->end || sent <= tracker_.last_of_it()) counts_at_last_failure_.voids = counts_.voids;
}

bool ModuleDetector::is_counted(Instant sent) const {
  const std::optional<Episode>& told = episode();
  return told && sent >= told->start && sent <= told->end.value_or(sent);
}

void ModuleDetector::mark_cut(Instant sent) {
  const EpisodeTracker::Cut& cut = tracker_.cut();
  if (episode()->end || at_cut_.number == cut.number || sent < cut.at) return;
  at_cut_ = {cut.number, counts_, transitions_at_last_failure_};
}

void ModuleDetector::judge(const VantageView& vantage, const HostConditions& conditions, Instant until, Instant now) {
  tracker_.judge(watch_, vantage, slow_signs(conditions, until), now);
  follow_up_.judge(tracker_, watch_, now);
  settle(until);
  follow_episode(now);
  const State was = std::exchange(state_, decide(until));
  // What is judged after a time without knowledge is what comes then.
  if (state_ == State::unknown && was != State::unknown) {
    first_ = {};
    begin_calm(until);
  }
}

void ModuleDetector::settle(Instant until) {
  // What comes next, and what is taken back, cannot wait for the books.
  ended_as_.clear();
  const auto release = [&] {
    Event event;
    describe(*settling_, event);
    ended_as_.push_back({settling_->serial, std::move(event)});
    ended_.push_back(*settling_);
    settling_.reset();
  };
  if (settling_ && (until >= *settling_->end || tracker_.open())) release();
  for (Episode& episode : tracker_.take_ended()) {
    if (settling_) release();
    const bool cut = tracker_.open() && tracker_.open()->start == *episode.end && episode.serial == followed_;
    if (cut) cut_counts();
    settling_ = std::move(episode);
    if (until >= *settling_->end || tracker_.open() || settling_->retracted) release();
  }
}

void ModuleDetector::cut_counts() {
  // Where no outcome has come to the cut, all of them are before it.
  const std::uint64_t number = tracker_.cut().number;
  if (at_cut_.number != number) at_cut_ = {number, counts_, transitions_at_last_failure_};
  const Counts& before = at_cut_.counts;
  after_cut_ = Counts{counts_.probes - before.probes, counts_.replies - before.replies, counts_.voids - before.voids};
  counts_at_last_failure_ = at_cut_.counts;
  transitions_at_last_failure_ = at_cut_.transitions;
}

State ModuleDetector::decide(Instant until) const {
  const Duration patience = std::max(rules_.shortest_window, 2 * rules_.round);
  if (first_.probes == 0 || newest_booked_ + patience < until) return State::unknown;
  if (tracker_.open()) {
    if (tracker_.open()->event_class == EventClass::flapping) return State::flapping;
    if (tracker_.down()) return State::down;
    return tracker_.over(watch_) ? State::up : State::spotty;
  }
  if (state_ != State::unknown) return State::up;
  // The first judgement: certainly fine, or fine for as long as the shortest window and not suspected of anything.
  if (first_.probes < kLeastProbes || curious()) return State::unknown;
  const bool certain = first_loss().upper < rules_.spotty;
  const bool long_enough = until - first_booked_ >= rules_.shortest_window;
  return certain || long_enough ? State::up : State::unknown;
}

void ModuleDetector::follow_episode(Instant now) {
  const std::optional<Episode>& open = tracker_.open();
  if (!open) {
    if (in_episode_) begin_calm(now);
    in_episode_ = false;
    return;
  }
  in_episode_ = true;
  if (open->serial != followed_) {
    followed_ = open->serial;
    transitions_.clear();
    transitions_at_last_failure_.clear();
    const Window& window = newest_booked_ - open->start < minutes(9) ? recent_ : hour_;
    // What is booked comes seconds later: mostly nothing of the episode is yet.
    const ReplyCount booked = newest_booked_ < open->start ? ReplyCount{} : window.since(open->start);
    counts_ = {booked.probes, booked.replies, 0};
    if (after_cut_) counts_ = *std::exchange(after_cut_, std::nullopt);
    at_cut_ = {tracker_.cut().number, {}, {}};
    counts_at_last_failure_ = counts_;
    hosts_failing_at_first_ = watch_.failing_hosts(open->start);
    hosts_affected_ = 0;
    new_paths_ = 0;
    congested_ = false;
    answers_ = delayed_ = 0;
    before_ = delay_.between(std::max(open->start - 2 * kBefore, now - kLongestBefore), open->start - seconds(10));
    creeping_.reset();
    // What another trouble brought, hours ago, says nothing of this one.
    if (errors_.newest < open->start - kErrorsLast) errors_ = {};
  }
  during_ = delay_.between(std::max(open->start - kBefore, now - kLongestBefore), now);
  // Of one that is asked seldom few answers are of the last minutes.
  const bool seldom = follow_up_.follows() && answers_ >= kLeastAnswers && 2 * delayed_ >= answers_;
  const bool queue = seldom || (during_.answers >= kLeastAnswers && 2 * during_.delayed >= during_.answers);
  congested_ = congested_ || (queue && 2 * new_paths_ < rules_.hosts);
}

EventCause ModuleDetector::cause_of(const Episode& episode) const {
  const auto count = [&](ErrorKind kind) { return errors_.by_kind[static_cast<std::size_t>(kind)]; };
  if (count(ErrorKind::filter) > count(ErrorKind::route) + count(ErrorKind::host)) return EventCause::filter;
  if (limited_.count() != 0 && 2 * limited_.count() >= std::max(hosts_affected_, hosts_failing_at_first_)) {
    return EventCause::filter;
  }
  if (episode.partial) return EventCause::host;
  if (congested_) return EventCause::congestion;
  if (count(ErrorKind::route) > count(ErrorKind::host)) return EventCause::route;
  if (count(ErrorKind::host) != 0) return EventCause::host;
  return EventCause::unknown;
}

void ModuleDetector::describe(const Episode& episode, Event& event) const {
  // What is known by now may be of the next one.
  for (const Description& ended : ended_as_) {
    if (ended.serial != episode.serial) continue;
    event = ended.event;
    return;
  }
  event.event_class = episode.event_class;
  const bool shaped = episode.event_class == EventClass::spotty && !episode.partial;
  event.pattern = shaped ? transitions_at_last_failure_.pattern() : LossPattern::unknown;
  if (shaped && follow_up_.follows()) event.pattern = follow_up_.pattern(episode.serial);
  event.cause = cause_of(episode);
  event.start = episode.start;
  event.start_uncertainty = episode.start_uncertainty;
  event.end = episode.end;
  event.end_uncertainty = episode.end_uncertainty;
  event.detected_at = episode.detected;
  const Counts& counts = episode.end ? counts_at_last_failure_ : counts_;
  event.probes = counts.probes;
  event.failures = counts.probes - counts.replies;
  event.hosts_total = rules_.hosts;
  const bool total = episode.event_class == EventClass::outage || episode.event_class == EventClass::blip;
  event.hosts_affected =
      total ? rules_.hosts : std::min(std::max(hosts_affected_, hosts_failing_at_first_), rules_.hosts);
  Evidence& evidence = event.evidence;
  evidence.retracted = episode.retracted;
  evidence.log_likelihood = episode.log_likelihood;
  if (counts.probes != 0) evidence.loss = static_cast<double>(event.failures) / static_cast<double>(event.probes);
  evidence.burst_ratio = transitions_at_last_failure_.burst_ratio();
  evidence.falls = episode.falls;
  evidence.dark = episode.dark;
  evidence.period = episode.period;
  evidence.steady = episode.steady;
  evidence.together = episode.together;
  if (before_.answers != 0) evidence.rtt_before = before_.round_trip;
  if (during_.answers != 0) evidence.rtt_during = during_.round_trip;
  evidence.hosts_on_new_path = new_paths_;
  evidence.hosts_limited = limited_.count();
  evidence.voids = counts.voids;
  evidence.errors = errors_.seen;
  std::sort(evidence.errors.begin(), evidence.errors.end(),
            [](const ErrorEvidence& a, const ErrorEvidence& b) { return a.count > b.count; });
}

ErrorKind kind_of(const IcmpErrorCode& icmp, bool v4, bool from_inside) {
  // RFC 792, RFC 1812 and RFC 4443.
  const bool unreachable = icmp.type == (v4 ? 3 : 1);
  const bool exceeded = icmp.type == (v4 ? 11 : 3);
  const bool filtered = v4 ? icmp.code == 9 || icmp.code == 10 || icmp.code == 13 : icmp.code == 1 || icmp.code == 5;
  if (unreachable && filtered) return ErrorKind::filter;
  if (from_inside) return ErrorKind::host;
  return unreachable || exceeded ? ErrorKind::route : ErrorKind::other;
}

}  // namespace blipd
