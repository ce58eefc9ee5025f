#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "daemon/simulate/score_counts.h"

namespace blipd {
namespace {

constexpr std::array<double, 8> kBinEdges{0, 5, 10, 30, 60, 300, 660, kNever};

bool required(const IncidentCase& c) { return c.expectation.wanted == Wanted::required; }

/// Seconds told minus true, of the incidents that were reported.
struct Errors {
  std::vector<double> onset;
  std::vector<double> offset;
  std::vector<double> duration;
};

ErrorStats summarise(const std::vector<double>& errors) {
  std::vector<double> sizes;
  for (const double e : errors) {
    sizes.push_back(std::abs(e));
  }
  return {.count = errors.size(),
          .median = median(errors),
          .median_size = median(sizes),
          .p95_size = percentile(sizes, 0.95),
          .greatest_size = percentile(sizes, 1)};
}

void add_errors(const ScoreInput& input, const IncidentCase& c, const Event& event, Errors& errors) {
  const double onset = to_seconds(event.start - input.begin - c.truth->start);
  errors.onset.push_back(onset);
  if (c.ended && event.end) {
    const double offset = to_seconds(*event.end - input.begin - c.truth->end);
    errors.offset.push_back(offset);
    errors.duration.push_back(offset - onset);
  }
}

void count_kinds(const ScoreInput& input, const Cases& cases, Score& out) {
  Errors all;
  std::size_t within_stated = 0;
  for (std::size_t k = 0; k < kIncidentKinds; ++k) {
    KindScore kind;
    kind.kind = static_cast<IncidentKind>(k);
    Errors errors;
    std::vector<double> delays;
    for (const IncidentCase& c : cases.incidents) {
      if (c.truth->kind != kind.kind || !required(c)) {
        continue;
      }
      ++kind.incidents;
      delays.push_back(kNever);
      if (!c.event) {
        continue;
      }
      const Event& event = *cases.events[*c.event].event;
      ++kind.found;
      kind.right += c.right ? 1U : 0U;
      delays.back() = to_seconds(event.detected_at - input.begin - c.truth->start);
      add_errors(input, c, event, errors);
      within_stated +=
          std::chrono::abs(event.start - input.begin - c.truth->start) <= event.start_uncertainty ? 1U : 0U;
    }
    if (kind.incidents == 0) {
      continue;
    }
    kind.delay = {.p50 = percentile(delays, 0.50), .p95 = percentile(delays, 0.95), .p99 = percentile(delays, 0.99)};
    kind.onset = summarise(errors.onset);
    kind.offset = summarise(errors.offset);
    kind.duration = summarise(errors.duration);
    out.kinds.push_back(kind);
    all.onset.insert(all.onset.end(), errors.onset.begin(), errors.onset.end());
    all.offset.insert(all.offset.end(), errors.offset.begin(), errors.offset.end());
    all.duration.insert(all.duration.end(), errors.duration.begin(), errors.duration.end());
  }
  out.onset = summarise(all.onset);
  out.offset = summarise(all.offset);
  out.duration = summarise(all.duration);
  out.onset_within_stated = ratio(static_cast<double>(within_stated), static_cast<double>(all.onset.size()));
}

void count_bins(const Cases& cases, Score& out) {
  for (std::size_t b = 0; b + 1 < kBinEdges.size(); ++b) {
    BinScore bin;
    bin.from = kBinEdges[b];
    bin.to = kBinEdges[b + 1];
    for (const IncidentCase& c : cases.incidents) {
      const double seconds = to_seconds(c.span.length());
      if (!required(c) || seconds < bin.from || seconds >= bin.to) {
        continue;
      }
      const std::size_t found = c.event ? 1U : 0U;
      ++bin.incidents;
      bin.found += found;
      if (is_dark(c.expectation.right)) {
        ++bin.dark;
        bin.dark_found += found;
        out.longest_dark_missed = std::max(out.longest_dark_missed, found == 0 ? seconds : 0.0);
      }
    }
    out.bins.push_back(bin);
  }
}

void count_time(const Cases& cases, Score& out) {
  double both = 0;
  double said = 0;
  double was = 0;
  for (const auto& [network, group] : cases.groups) {
    std::vector<Span> events;
    std::vector<Span> incidents;
    for (const std::size_t e : group.events) {
      const EventCase& c = cases.events[e];
      if (!c.event->evidence.retracted && !c.neutral) {
        events.push_back(c.span);
      }
    }
    for (const std::size_t i : group.incidents) {
      if (required(cases.incidents[i]) || cases.incidents[i].hidden) {
        incidents.push_back(cases.incidents[i].span);
      }
    }
    const SpanSet told(std::move(events));
    const SpanSet truth(std::move(incidents));
    both += to_seconds(told.common(truth));
    said += to_seconds(told.length());
    was += to_seconds(truth.length());
  }
  out.time_precision = ratio(both, said);
  out.time_recall = ratio(both, was);
}

}  // namespace

void count_found(const ScoreInput& input, const Cases& cases, Score& out) {
  std::size_t neutral = 0;
  for (const IncidentCase& c : cases.incidents) {
    out.hidden += c.hidden ? 1U : 0U;
    out.incidents += required(c) ? 1U : 0U;
    out.found += required(c) && c.event ? 1U : 0U;
  }
  for (const EventCase& c : cases.events) {
    ++out.events;
    out.retracted += c.event->evidence.retracted ? 1U : 0U;
    out.open_at_end += c.event->end ? 0U : 1U;
    neutral += c.neutral ? 1U : 0U;
  }
  const auto found = static_cast<double>(out.found);
  out.recall = ratio(found, static_cast<double>(out.incidents));
  out.precision = ratio(found, static_cast<double>(out.events - neutral));
  out.f1 = f1(out.precision, out.recall);
  count_kinds(input, cases, out);
  count_bins(cases, out);
  count_time(cases, out);
}

}  // namespace blipd
