#include <algorithm>
#include <utility>

#include "daemon/simulate/score_counts.h"

namespace blipd {
namespace {

/// What is said during a flapping event that does not tell how much of it was dark.
constexpr double kUpIfUnsaid = 0.5;

double square(double x) { return x * x; }

void add_edges(const std::vector<Span>& spans, std::vector<Duration>& edges) {
  for (const Span& s : spans) {
    edges.insert(edges.end(), {s.start, s.end});
  }
}

struct ToldFlapping {
  Span span;
  double up = kUpIfUnsaid;
};

double up_while_flapping(const ScoreInput& input, const Event& event) {
  const double dark = to_seconds(event.evidence.dark);
  const double length = to_seconds(event.end.value_or(input.begin + input.length) - event.start);
  return dark > 0 && length > 0 ? 1 - std::min(dark / length, 1.0) : kUpIfUnsaid;
}

/// What the events of one network amount to as a forecast that it is up.
class Forecast {
 public:
  Forecast(const ScoreInput& input, const Cases& cases, const CaseGroup& group) {
    std::vector<Span> dark;
    for (const std::size_t e : group.events) {
      const EventCase& c = cases.events[e];
      if (c.event->evidence.retracted) {
        continue;
      }
      if (is_dark(class_of(*c.event))) {
        dark.push_back(c.span);
      } else if (c.event->event_class == EventClass::flapping) {
        flapping_.push_back({c.span, up_while_flapping(input, *c.event)});
      }
    }
    dark_ = SpanSet(std::move(dark));
  }

  double up_at(Duration at) const {
    if (dark_.contains(at)) {
      return 0;
    }
    double up = 1;
    for (const ToldFlapping& f : flapping_) {
      up = f.span.start <= at && at < f.span.end ? std::min(up, f.up) : up;
    }
    return up;
  }

  /// Between these moments it does not change.
  std::vector<Duration> edges() const {
    std::vector<Duration> edges;
    add_edges(dark_.spans(), edges);
    for (const ToldFlapping& f : flapping_) {
      edges.insert(edges.end(), {f.span.start, f.span.end});
    }
    return edges;
  }

 private:
  SpanSet dark_;
  std::vector<ToldFlapping> flapping_;
};

struct Sum {
  double squares = 0;  ///< times seconds
  double seconds = 0;
};

void add_network(const ScoreInput& input, const Cases& cases, const CaseGroup& group, const SpanSet& ill, Sum& sum) {
  std::vector<Span> dark;
  std::vector<Span> flapping;
  for (const std::size_t i : group.incidents) {
    const IncidentCase& c = cases.incidents[i];
    if (is_dark(c.expectation.right)) {
      dark.push_back(c.span);
    } else if (c.expectation.right == ScoreClass::flapping) {
      flapping.push_back(c.span);
    }
  }
  const SpanSet dark_times(std::move(dark));
  const SpanSet flapping_times(std::move(flapping));
  const Forecast forecast(input, cases, group);

  std::vector<Duration> edges = forecast.edges();
  edges.insert(edges.end(), {Duration::zero(), input.length});
  add_edges(dark_times.spans(), edges);
  add_edges(flapping_times.spans(), edges);
  add_edges(ill.spans(), edges);
  std::ranges::sort(edges);
  for (std::size_t i = 0; i + 1 < edges.size(); ++i) {
    const Span piece{edges[i], edges[i + 1]};
    const bool is_down = dark_times.contains(piece.start);
    // When within a flapping incident the network was dark, the truth does not tell.
    const bool unknown = !is_down && flapping_times.contains(piece.start);
    if (piece.start < Duration::zero() || piece.end > input.length || unknown || ill.contains(piece.start)) {
      continue;
    }
    const double seconds = to_seconds(piece.length());
    sum.squares += seconds * square(forecast.up_at(piece.start) - (is_down ? 0 : 1));
    sum.seconds += seconds;
  }
}

}  // namespace

void count_brier(const ScoreInput& input, const Cases& cases, Score& out) {
  const SpanSet ill = vantage_times(input.truth, Duration::zero());
  const CaseGroup nothing;
  Sum sum;
  for (const std::string& network : input.networks) {
    const auto group = cases.groups.find(network);
    add_network(input, cases, group == cases.groups.end() ? nothing : group->second, ill, sum);
  }
  out.brier = ratio(sum.squares, sum.seconds);
}

}  // namespace blipd
