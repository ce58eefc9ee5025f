#include "daemon/simulate/score_cases.h"

#include <algorithm>

#include "daemon/simulate/score_match.h"

namespace blipd {
namespace {

/// Of two incidents of one network at the same time the one of higher rank is the one to report, because a network has
/// at most one event open.
int rank(ScoreClass c) {
  if (c == ScoreClass::vantage) {
    return 4;
  }
  if (c == ScoreClass::outage) {
    return 3;
  }
  return c == ScoreClass::flapping || c == ScoreClass::blip ? 2 : 1;
}

bool covers(const IncidentCase& outer, const IncidentCase& inner) {
  if (outer.expectation.wanted != Wanted::required || outer.span.start > inner.span.start ||
      outer.span.end < inner.span.end) {
    return false;
  }
  const int outer_rank = rank(outer.expectation.right);
  const int inner_rank = rank(inner.expectation.right);
  if (outer_rank != inner_rank || outer.span.length() != inner.span.length()) {
    return outer_rank >= inner_rank;
  }
  return &outer < &inner;
}

void hide_covered(Cases& cases) {
  const CaseGroup* vantage = cases.groups.contains("") ? &cases.groups.at("") : nullptr;
  for (auto& [network, group] : cases.groups) {
    for (const std::size_t i : group.incidents) {
      IncidentCase& inner = cases.incidents[i];
      const auto hides = [&](std::size_t o) { return o != i && covers(cases.incidents[o], inner); };
      inner.hidden = inner.expectation.wanted == Wanted::required &&
                     (std::ranges::any_of(group.incidents, hides) ||
                      (vantage != nullptr && vantage != &group && std::ranges::any_of(vantage->incidents, hides)));
    }
  }
  // Only now, so that each is compared with what was required at the outset.
  for (IncidentCase& c : cases.incidents) {
    if (c.hidden) {
      c.expectation.wanted = Wanted::allowed;
    }
  }
}

/// Pairs up those of the group's incidents that are `wanted` with its events that stand and report nothing yet.
void pair_up(Cases& cases, const CaseGroup& group, Wanted wanted) {
  std::vector<std::size_t> incidents;
  std::vector<Span> incident_spans;
  for (const std::size_t i : group.incidents) {
    if (cases.incidents[i].expectation.wanted == wanted) {
      incidents.push_back(i);
      incident_spans.push_back(cases.incidents[i].span);
    }
  }
  std::vector<std::size_t> events;
  std::vector<Span> event_spans;
  for (const std::size_t e : group.events) {
    if (!cases.events[e].event->evidence.retracted && !cases.events[e].incident) {
      events.push_back(e);
      event_spans.push_back(cases.events[e].span);
    }
  }
  for (const auto& [i, e] : match(incident_spans, event_spans)) {
    IncidentCase& incident = cases.incidents[incidents[i]];
    EventCase& event = cases.events[events[e]];
    const bool right = accepts(incident.expectation, *event.event);
    if (wanted == Wanted::required || right) {
      incident.event = events[e];
      incident.right = right;
      event.incident = incidents[i];
      event.neutral = wanted != Wanted::required;
    }
  }
}

/// Whether the event reports a fall of a flapping network before its falls could be known to be one episode. Each of
/// them is a loss that really was.
bool is_early_fall(const Cases& cases, const CaseGroup& group, const EventCase& event) {
  if (event.incident || event.event->event_class == EventClass::vantage) return false;
  return std::ranges::any_of(group.incidents, [&](std::size_t i) {
    const IncidentCase& c = cases.incidents[i];
    if (c.truth->kind != IncidentKind::flapping || !c.event || !touches(c.span, event.span)) return false;
    const Event& told = *cases.events[*c.event].event;
    return told.event_class == EventClass::flapping && event.event->detected_at < told.detected_at;
  });
}

/// Long incidents are matched with onsets far off, but what was told minutes before them was not told because of them.
bool near(const Span& incident, const Span& event) {
  return touches({incident.start - kOnsetSlack, incident.end}, event);
}

bool accounted_for(const Cases& cases, const CaseGroup& group, const EventCase& event) {
  return std::ranges::any_of(group.incidents, [&](std::size_t i) {
    const IncidentCase& c = cases.incidents[i];
    if (c.expectation.wanted == Wanted::unwanted || !near(c.span, event.span)) {
      return false;
    }
    return c.expectation.wanted == Wanted::required || c.hidden || accepts(c.expectation, *event.event);
  });
}

}  // namespace

bool is_dark(ScoreClass c) { return c == ScoreClass::outage || c == ScoreClass::blip; }

bool is_lossy(ScoreClass c) {
  return c == ScoreClass::random_loss || c == ScoreClass::bursty_loss || c == ScoreClass::congestion;
}

Cases make_cases(const ScoreInput& input) {
  Cases cases;
  for (const TrueIncident& t : input.truth) {
    if (t.start >= input.length || t.end <= Duration::zero()) {
      continue;
    }
    IncidentCase c;
    c.truth = &t;
    c.expectation = expected(t, input.borders);
    c.span = {std::max(t.start, Duration::zero()), std::min(t.end, input.length)};
    c.ended = t.end < input.length;
    cases.groups[t.network].incidents.push_back(cases.incidents.size());
    cases.incidents.push_back(std::move(c));
  }
  for (const Event& e : input.events) {
    EventCase c;
    c.event = &e;
    c.span.start = std::clamp(e.start - input.begin, Duration::zero(), input.length);
    c.span.end = std::clamp(e.end ? *e.end - input.begin : input.length, c.span.start, input.length);
    cases.groups[e.network].events.push_back(cases.events.size());
    cases.events.push_back(c);
  }
  hide_covered(cases);
  for (const auto& [network, group] : cases.groups) {
    pair_up(cases, group, Wanted::required);
    pair_up(cases, group, Wanted::allowed);
    for (const std::size_t e : group.events) {
      EventCase& event = cases.events[e];
      event.neutral = event.neutral || is_early_fall(cases, group, event);
      event.false_alarm = !event.incident && !event.neutral && !accounted_for(cases, group, event);
    }
  }
  return cases;
}

}  // namespace blipd
