#include "daemon/events/carried_event.h"

#include <algorithm>

namespace blipd {
namespace {

bool is_total_loss(EventClass c) { return c == EventClass::outage || c == EventClass::blip; }

Duration gap(const CarriedEvent& carried, WallTime until) {
  return std::max<Duration>(until - carried.watched_until, Duration::zero());
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
  now.unwatched += gap(carried, started);
  now.facts = event;
  now.facts.start_uncertainty = before.start_uncertainty;
  now.facts.probes += before.probes;
  now.facts.failures += before.failures;
  now.facts.hosts_affected = std::max(event.hosts_affected, before.hosts_affected);
  now.facts.evidence.falls += before.evidence.falls;
  now.facts.evidence.dark += before.evidence.dark;
  if (event.end) {
    now.end = std::max(anchor.at(*event.end), now.start);
    // Each run saw a part of it; only the whole tells a blip from an outage.
    const bool was_outage = before.event_class == EventClass::outage;
    if (was_outage && event.event_class == EventClass::blip) now.facts.event_class = EventClass::outage;
  }
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
