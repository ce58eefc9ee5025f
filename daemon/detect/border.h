// When something began or ended, as far as probes tell.
#pragma once

#include "probes/clock.h"

namespace blipd {

/// A moment that lies within `uncertainty` of `at`.
struct Border {
  Instant at{};
  Duration uncertainty{};
  /// Somewhere between these two.
  static Border within(Instant from, Instant to) { return {from + (to - from) / 2, (to - from) / 2}; }
};

}  // namespace blipd
