#include "daemon/events/carried_event.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace blipd {
namespace {

bool is_total_loss(EventClass c) { return c == EventClass::outage || c == EventClass::blip; }

Duration gap(const CarriedEvent& carried, WallTime until) {
  return std::max<Duration>(until - carried.watched_until, Duration::zero());
}

/// Errors that both runs have seen, most frequent first, at most eight.
std::vector<ErrorEvidence> all_errors(std::vector<ErrorEvidence> now, const std::vector<ErrorEvidence>& before) {
  constexpr std::size_t kMostErrors = 8;
  for (const ErrorEvidence& error : before) {
    const auto same = std::find_if(now.begin(), now.end(), [&](const ErrorEvidence& e) {
      return e.icmp == error.icmp && e.responder == error.responder;
    });
    if (same != now.end()) {
      same->count += error.count;
    } else {
      now.push_back(error);
    }
  }
  std::stable_sort(now.begin(), now.end(),
                   [](const ErrorEvidence& a, const ErrorEvidence& b) { return a.count > b.count; });
  if (now.size() > kMostErrors) now.resize(kMostErrors);
  return now;
}

/// What only the run before can know, and what both have counted.
void add_evidence(Evidence& now, const Evidence& before) {
  now.log_likelihood = std::max(now.log_likelihood, before.log_likelihood);
  now.hosts_on_new_path = std::max(now.hosts_on_new_path, before.hosts_on_new_path);
  now.voids += before.voids;
  if (!now.loss) now.loss = before.loss;
  if (!now.burst_ratio) now.burst_ratio = before.burst_ratio;
  if (!now.rtt_before) now.rtt_before = before.rtt_before;
  if (!now.rtt_during) now.rtt_during = before.rtt_during;
  now.errors = all_errors(std::move(now.errors), before.errors);
}

}  // namespace

bool goes_on_as(const CarriedEvent& carried, const Event& event) {
  const EventClass before = carried.event.facts.event_class;
  return before == event.event_class || (is_total_loss(before) && is_total_loss(event.event_class));
}

LoggedEvent continue_event(const CarriedEvent& carried, const Event& event, WallTime started,
                           const WallAnchor& anchor) {
  LoggedEvent now = carried.event;
  const Event& before = carried.event.facts;
  now.facts = event;
  now.facts.start_uncertainty = before.start_uncertainty;
  now.facts.probes += before.probes;
  now.facts.failures += before.failures;
  // The configuration may be another one, with fewer hosts.
  now.facts.hosts_affected = std::min(std::max(event.hosts_affected, before.hosts_affected), event.hosts_total);
  if (event.pattern == LossPattern::unknown) now.facts.pattern = before.pattern;
  if (event.cause == EventCause::unknown) now.facts.cause = before.cause;
  Evidence& evidence = now.facts.evidence;
  add_evidence(evidence, before.evidence);
  // Of an event that was handed to the engine it tells all; another it has met as if it had just begun.
  const bool tells_all = anchor.at(event.start) < started;
  if (!tells_all) {
    evidence.falls += before.evidence.falls;
    evidence.dark += before.evidence.dark;
  }
  if (event.end) {
    now.end = std::max(anchor.at(*event.end), now.start);
    // Each run saw a part of it; only the whole tells a blip from an outage.
    const bool was_outage = before.event_class == EventClass::outage;
    if (!tells_all && was_outage && event.event_class == EventClass::blip) {
      now.facts.event_class = EventClass::outage;
    }
  }
  now.unwatched += gap(carried, std::min(now.end.value_or(started), started));
  return now;
}

LoggedEvent close_event(const CarriedEvent& carried, WallTime known_over, WallTime started) {
  LoggedEvent now = carried.event;
  const Duration unknown = gap(carried, known_over);
  now.end = carried.watched_until + std::chrono::duration_cast<WallTime::duration>(unknown / 2);
  now.facts.end_uncertainty = unknown / 2;
  now.unwatched += gap(carried, std::min(*now.end, started));
  return now;
}

}  // namespace blipd
