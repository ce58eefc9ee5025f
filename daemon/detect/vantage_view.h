// What deciding about networks has to know of our own side.
#pragma once

#include "daemon/store/store.h"
#include "probes/clock.h"

namespace blipd {

class VantageView : public Verdicts {
 public:
  /// Our side has been seen to work for probes sent up to then.
  virtual Instant confirmed_until() const = 0;
  /// References lose more than usual, not yet enough to say so: whoever sees loss should wait.
  virtual bool doubtful() const = 0;
};

}  // namespace blipd
