// Stretches of time, joined and compared.
#pragma once

#include <vector>

#include "probes/clock.h"

namespace blipd {

/// [start, end); times since the scenario's start.
struct Span {
  Duration start{};
  Duration end{};
  Duration length() const { return end - start; }
};

/// How long both last together; 0 if they do not meet.
Duration overlap(const Span& a, const Span& b);
/// What both share of what either covers: 0 (nothing) to 1 (the same).
double intersection_over_union(const Span& a, const Span& b);
/// True if they share a moment; an empty span counts as the moment of its start.
bool touches(const Span& a, const Span& b);

/// A set of moments. Spans may be given in any order and may overlap.
class SpanSet {
 public:
  SpanSet() = default;
  explicit SpanSet(std::vector<Span> spans);

  /// Disjoint, not empty, in order.
  const std::vector<Span>& spans() const { return spans_; }
  Duration length() const;
  bool contains(Duration at) const;
  bool touches(const Span& span) const;
  /// How much of both is common.
  Duration common(const SpanSet& other) const;

 private:
  std::vector<Span> spans_;
};

}  // namespace blipd
