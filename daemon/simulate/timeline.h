// Which spans of time cover a moment.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "probes/clock.h"

namespace blipd {

/// Spans of time with a number each. Questions may come in any order; the next one costs nothing while the answer stays
/// the same, and otherwise a look at each span.
class Timeline {
 public:
  /// Until just before `to`. Only before the first question.
  void add(Duration from, Duration to, std::uint32_t number) {
    spans_.push_back({from, to, number});
    active_.reserve(spans_.size());
  }

  /// The numbers of the spans that cover `at`, in the order of adding; good until the next question.
  std::span<const std::uint32_t> at(Duration at) {
    if (at < from_ || at >= to_) look(at);
    return active_;
  }

 private:
  struct Span {
    Duration from;
    Duration to;
    std::uint32_t number;
  };

  void look(Duration at) {
    from_ = Duration::min();
    to_ = Duration::max();
    active_.clear();
    const auto change = [&](Duration when) {
      if (when <= at) {
        from_ = std::max(from_, when);
      } else {
        to_ = std::min(to_, when);
      }
    };
    for (const Span& span : spans_) {
      change(span.from);
      change(span.to);
      if (span.from <= at && at < span.to) active_.push_back(span.number);
    }
  }

  std::vector<Span> spans_;
  std::vector<std::uint32_t> active_;
  Duration from_ = Duration::max();  ///< what `active_` holds for; at first nothing
  Duration to_ = Duration::min();
};

}  // namespace blipd
