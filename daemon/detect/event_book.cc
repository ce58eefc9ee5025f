#include "daemon/detect/event_book.h"

#include <algorithm>
#include <utility>

namespace blipd {
namespace {

std::optional<EventClass> class_of(State state) {
  switch (state) {
    case State::down:
      return EventClass::outage;
    case State::spotty:
      return EventClass::spotty;
    case State::flapping:
      return EventClass::flapping;
    case State::up:
    case State::unknown:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

void EventBook::on_state(const std::string& network, State state, const EventEvidence& evidence, Instant now) {
  if (state == State::unknown) return;
  const std::optional<EventClass> wanted = class_of(state);
  if (const auto known = open_.find(network); known != open_.end()) {
    if (wanted == known->second.event.event_class) return;
    close(known->second, evidence);
    open_.erase(known);
  }
  if (wanted) open(network, *wanted, evidence, now);
}

void EventBook::open(const std::string& network, EventClass event_class, const EventEvidence& evidence, Instant now) {
  Open opened;
  opened.event.id = next_id_++;
  opened.event.network = network;
  opened.event.event_class = event_class;
  opened.event.start = evidence.since;
  opened.event.start_uncertainty = evidence.uncertainty;
  opened.event.detected_at = now;
  opened.event.hosts_affected = evidence.hosts_affected;
  opened.event.hosts_total = evidence.hosts_total;
  opened.probes_before = evidence.probes;
  opened.failures_before = evidence.failures;
  told_(opened.event);
  open_.emplace(network, std::move(opened));
}

void EventBook::close(Open& open, const EventEvidence& evidence) {
  Event& event = open.event;
  event.end = std::max(evidence.since, event.start);
  event.end_uncertainty = evidence.uncertainty;
  event.probes = evidence.probes - open.probes_before;
  event.failures = evidence.failures - open.failures_before;
  if (event.event_class == EventClass::outage && *event.end - event.start <= blip_) {
    event.event_class = EventClass::blip;
  }
  told_(event);
}

void EventBook::on_removed(const std::string& network, Instant now) {
  const auto known = open_.find(network);
  if (known == open_.end()) return;
  EventEvidence last;
  last.since = now;
  last.probes = known->second.probes_before;
  last.failures = known->second.failures_before;
  close(known->second, last);
  open_.erase(known);
}

void EventBook::on_vantage(bool ok, Instant since, Instant now) {
  if (ok != vantage_.has_value()) return;
  if (!ok) {
    vantage_.emplace();
    vantage_->id = next_id_++;
    vantage_->event_class = EventClass::vantage;
    vantage_->cause = EventCause::vantage;
    vantage_->start = since;
    vantage_->detected_at = now;
  } else {
    vantage_->end = std::max(since, vantage_->start);
  }
  told_(*vantage_);
  if (ok) vantage_.reset();
}

}  // namespace blipd
