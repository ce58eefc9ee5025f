// Short ways to write incidents and events, in seconds since the start of the run, which is not the clock's zero.
#pragma once

#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/simulate/score.h"

namespace blipd::score_test {

inline constexpr Instant kBegin{std::chrono::seconds(1000)};

inline Duration sec(double s) { return Duration(std::llround(s * 1e9)); }

inline TrueIncident was(std::string network, IncidentKind kind, double start, double end) {
  TrueIncident t;
  t.network = std::move(network);
  t.kind = kind;
  t.start = sec(start);
  t.end = sec(end);
  t.loss = kind == IncidentKind::random_loss || kind == IncidentKind::bursty_loss || kind == IncidentKind::congestion
               ? 0.3
               : 1.0;
  return t;
}

/// Told at `detected`; still open without an end.
inline Event said(std::string network, EventClass event_class, double start, std::optional<double> end,
                  double detected) {
  Event e;
  e.network = std::move(network);
  e.event_class = event_class;
  e.start = kBegin + sec(start);
  if (end) {
    e.end = kBegin + sec(*end);
  }
  e.detected_at = kBegin + sec(detected);
  return e;
}

/// One network, "n", watched for a hundred thousand seconds.
inline ScoreInput run(std::vector<TrueIncident> truth, std::vector<Event> events) {
  ScoreInput in;
  in.begin = kBegin;
  in.length = sec(100000);
  in.networks = {"n"};
  in.truth = std::move(truth);
  in.events = std::move(events);
  return in;
}

}  // namespace blipd::score_test
