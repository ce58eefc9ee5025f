// When nobody looked: spans in which the probing thread was to work and did not.
//
// Mostly it is this process alone that got no processor, and no answer is lost by that: the kernel stamps what comes.
// But nobody can tell it from a machine that stood still as a whole, with a hypervisor that had better things to do,
// and then the stamps are late as well. So silence over a standstill that could explain it proves nothing.
#pragma once

#include <algorithm>
#include <deque>

#include "probes/clock.h"

namespace blipd {

/// Probing thread only.
class Standstills {
 public:
  /// Behind all that were added before, which it may touch.
  void add(Instant from, Instant to) { spans_.push_back({from, to}); }

  /// How much of [from, to] they take.
  Duration within(Instant from, Instant to) const {
    Duration sum{};
    for (auto span = spans_.rbegin(); span != spans_.rend() && span->to > from; ++span) {
      sum += std::max(std::min(span->to, to) - std::max(span->from, from), Duration::zero());
    }
    return sum;
  }

  void forget_before(Instant t) {
    while (!spans_.empty() && spans_.front().to < t) spans_.pop_front();
  }

 private:
  struct Span {
    Instant from{};
    Instant to{};
  };
  std::deque<Span> spans_;
};

}  // namespace blipd
