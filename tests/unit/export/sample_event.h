// An event with something of everything, for the tests of what blipd serves.
#pragma once

#include <array>
#include <chrono>
#include <memory>

#include "daemon/events/logged_event.h"

namespace blipd {

/// From 2026-03-01T11:00:00.000Z to 11:30:00.500Z, spotty.
inline LoggedEvent sample_event() {
  using namespace std::chrono_literals;
  LoggedEvent event;
  event.id = 1772362800000007;
  event.vantage = "fra1";
  event.start = WallTime(std::chrono::seconds(1772362800));
  event.end = event.start + 1800s + 500ms;
  event.detected_at = event.start + 42s;
  Event& facts = event.facts;
  facts.id = 7;
  facts.network = "star-jv";
  facts.event_class = EventClass::spotty;
  facts.pattern = LossPattern::bursty;
  facts.cause = EventCause::congestion;
  facts.start_uncertainty = 2500ms;
  facts.end_uncertainty = 10s;
  facts.probes = 200;
  facts.failures = 50;
  facts.hosts_affected = 3;
  facts.hosts_total = 4;
  Evidence& evidence = facts.evidence;
  evidence.log_likelihood = 12.5;
  evidence.loss = 0.25;
  evidence.burst_ratio = 3.5;
  evidence.falls = 4;
  evidence.dark = 90s;
  evidence.period = 60s;
  evidence.steady = true;
  evidence.together = true;
  evidence.rtt_before = 20ms;
  evidence.rtt_during = 80ms;
  evidence.hosts_on_new_path = 2;
  evidence.hosts_limited = 1;
  evidence.voids = 8;
  evidence.answering = {"web"};
  evidence.errors = {
      {{3, 1}, Address(std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}), 4}};
  return event;
}

inline LoggedEventPtr shared_event() { return std::make_shared<const LoggedEvent>(sample_event()); }

}  // namespace blipd
