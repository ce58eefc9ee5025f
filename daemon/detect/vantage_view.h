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
  /// References have answered so much of what was sent since then that we cannot have lost that share of it (one time
  /// in a thousand). Without references nobody can say, and it is taken for granted.
  virtual bool clear_since(Instant since, double loss) const = 0;
};

}  // namespace blipd
