#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/simulate/score_counts.h"

namespace blipd {
namespace {

/// Probes that were on their way when our side failed may cause an alarm a little after it.
constexpr Duration kVantageMargin = std::chrono::seconds(30);

bool told_dark(const EventCase& c) { return is_dark(class_of(*c.event)); }
bool happened(const IncidentCase& c) { return c.expectation.wanted == Wanted::required || c.hidden; }

Rate rate(std::uint64_t count, double months) {
  return {.count = count,
          .months = months,
          .per_month = ratio(static_cast<double>(count), months),
          .upper = ratio(poisson_upper(count), months)};
}

/// Network-months in which nothing happened, so that whatever was said was false.
double quiet_months(const ScoreInput& input, const Cases& cases) {
  Duration quiet{};
  for (const std::string& network : input.networks) {
    quiet += input.length;
    const auto group = cases.groups.find(network);
    if (group == cases.groups.end()) {
      continue;
    }
    std::vector<Span> busy;
    for (const std::size_t i : group->second.incidents) {
      if (cases.incidents[i].expectation.wanted != Wanted::unwanted) {
        busy.push_back(cases.incidents[i].span);
      }
    }
    quiet -= SpanSet(std::move(busy)).length();
  }
  return months_of(quiet);
}

void count_fragments(const Cases& cases, Score& out) {
  std::size_t reported = 0;
  std::size_t events = 0;
  std::vector<std::size_t> covered(cases.events.size());
  for (const IncidentCase& c : cases.incidents) {
    if (c.expectation.wanted != Wanted::required) {
      continue;
    }
    std::size_t here = 0;
    for (const std::size_t e : cases.groups.at(c.truth->network).events) {
      if (!cases.events[e].event->evidence.retracted && touches(cases.events[e].span, c.span)) {
        ++here;
        ++covered[e];
      }
    }
    reported += here > 0 ? 1U : 0U;
    events += here;
    out.fragments_most = std::max(out.fragments_most, here);
  }
  out.fragments_mean = ratio(static_cast<double>(events), static_cast<double>(reported));
  out.merges = static_cast<std::size_t>(std::ranges::count_if(covered, [](std::size_t n) { return n > 1; }));
}

void count_episodes(const Cases& cases, Score& out) {
  std::size_t alerts = 0;
  for (const IncidentCase& c : cases.incidents) {
    if (c.truth->kind != IncidentKind::flapping || c.expectation.wanted != Wanted::required) {
      continue;
    }
    std::size_t here = 0;
    for (const std::size_t e : cases.groups.at(c.truth->network).events) {
      // Before its declaration each fall is told by itself.
      here += touches(cases.events[e].span, c.span) && !cases.events[e].neutral ? 1U : 0U;
    }
    ++out.flapping_episodes;
    alerts += here;
    out.alerts_most = std::max(out.alerts_most, here);
  }
  out.alerts_per_episode = ratio(static_cast<double>(alerts), static_cast<double>(out.flapping_episodes));
}

/// Incidents of total loss: was a fitting event open during them?
void count_dark(const Cases& cases, const SpanSet& vantage, Score& out) {
  for (const IncidentCase& c : cases.incidents) {
    if (!happened(c) || !is_dark(c.expectation.right) || vantage.touches(c.span)) {
      continue;
    }
    ++out.dark;
    const std::vector<std::size_t>& events = cases.groups.at(c.truth->network).events;
    out.dark_reported += std::ranges::any_of(events, [&](std::size_t e) {
      const EventCase& event = cases.events[e];
      return !event.event->evidence.retracted && touches(event.span, c.span) &&
             (told_dark(event) || event.event->event_class == EventClass::flapping);
    });
  }
}

/// Partial loss: which events called it total, with nothing total about it?
void count_exaggerations(const Cases& cases, Score& out) {
  Duration lossy_time{};
  std::uint64_t alarms = 0;
  for (const auto& [network, group] : cases.groups) {
    std::vector<Span> dark;
    std::vector<Span> lossy;
    for (const std::size_t i : group.incidents) {
      const IncidentCase& c = cases.incidents[i];
      if (happened(c)) {
        (is_lossy(c.expectation.right) ? lossy : dark).push_back(c.span);
      }
    }
    const SpanSet dark_times(std::move(dark));
    const SpanSet lossy_times(std::move(lossy));
    lossy_time += lossy_times.length();
    std::vector<Span> wrong;
    for (const std::size_t e : group.events) {
      const EventCase& c = cases.events[e];
      if (told_dark(c) && lossy_times.touches(c.span) && !dark_times.touches(c.span)) {
        wrong.push_back(c.span);
      }
    }
    alarms += wrong.size();
    for (const std::size_t i : group.incidents) {
      const IncidentCase& c = cases.incidents[i];
      if (happened(c) && is_lossy(c.expectation.right)) {
        ++out.spotty;
        out.spotty_called_dark += std::ranges::any_of(wrong, [&](const Span& s) { return touches(s, c.span); });
      }
    }
  }
  out.dark_alarms_while_spotty = rate(alarms, months_of(lossy_time));
}

}  // namespace

double months_of(Duration time) { return to_seconds(time) / to_seconds(std::chrono::days(30)); }

void count_alarms(const ScoreInput& input, const Cases& cases, Score& out) {
  const SpanSet near_vantage = vantage_times(input.truth, kVantageMargin);
  std::uint64_t any = 0;
  std::uint64_t dark = 0;
  for (const EventCase& c : cases.events) {
    if (!c.false_alarm) {
      continue;
    }
    if (c.event->network.empty()) {
      ++out.false_vantage;
      continue;
    }
    ++any;
    dark += told_dark(c) ? 1U : 0U;
    if (near_vantage.touches(c.span)) {
      ++(c.event->evidence.retracted ? out.leaks_retracted : out.leaks);
    }
  }
  const double months = quiet_months(input, cases);
  out.false_alarms = rate(any, months);
  out.false_dark = rate(dark, months);
  count_fragments(cases, out);
  count_episodes(cases, out);
  count_dark(cases, vantage_times(input.truth, Duration::zero()), out);
  count_exaggerations(cases, out);
}

}  // namespace blipd
