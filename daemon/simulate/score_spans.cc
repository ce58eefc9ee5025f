#include "daemon/simulate/score_spans.h"

#include <algorithm>
#include <utility>

namespace blipd {

Duration overlap(const Span& a, const Span& b) {
  return std::max(Duration::zero(), std::min(a.end, b.end) - std::max(a.start, b.start));
}

double intersection_over_union(const Span& a, const Span& b) {
  const Duration both = overlap(a, b);
  const Duration either = a.length() + b.length() - both;
  return either > Duration::zero() ? to_seconds(both) / to_seconds(either) : 0.0;
}

bool touches(const Span& a, const Span& b) {
  const auto last = [](const Span& s) { return std::max(s.end, s.start + Duration(1)); };
  return a.start < last(b) && b.start < last(a);
}

SpanSet::SpanSet(std::vector<Span> spans) {
  std::ranges::sort(spans, {}, &Span::start);
  for (const Span& s : spans) {
    if (s.end <= s.start) {
      continue;
    }
    if (spans_.empty() || s.start > spans_.back().end) {
      spans_.push_back(s);
    } else {
      spans_.back().end = std::max(spans_.back().end, s.end);
    }
  }
}

Duration SpanSet::length() const {
  Duration sum{};
  for (const Span& s : spans_) {
    sum += s.length();
  }
  return sum;
}

bool SpanSet::contains(Duration at) const { return touches({at, at}); }

bool SpanSet::touches(const Span& span) const {
  // The first one that ends after the span has begun is the only one to ask.
  const auto it = std::ranges::upper_bound(spans_, span.start, {}, [](const Span& s) { return s.end; });
  return it != spans_.end() && blipd::touches(*it, span);
}

Duration SpanSet::common(const SpanSet& other) const {
  Duration sum{};
  auto a = spans_.begin();
  auto b = other.spans_.begin();
  while (a != spans_.end() && b != other.spans_.end()) {
    sum += overlap(*a, *b);
    if (a->end < b->end) {
      ++a;
    } else {
      ++b;
    }
  }
  return sum;
}

}  // namespace blipd
