// When the lab ends: with its command, or by a signal.
#pragma once

#include <optional>

#include "probes/result.h"
#include "tests/lab/child.h"
#include "tests/lab/descriptor.h"
#include "tests/lab/scenario.h"

namespace blipd::lab {

/// Blocks SIGINT, SIGTERM and SIGCHLD; before the child is started, so that none is missed.
Result<Descriptor> open_signals();

class Ending {
 public:
  /// `signals` as open_signals() made it. `child` null: the lab runs until SIGINT or SIGTERM. Both outlive this.
  Ending(const Descriptor& signals, Child* child) : signals_(signals), child_(child) {}

  /// Readable when there is something to look at.
  int descriptor() const { return signals_.get(); }
  /// Passes signals on to the child, and kills it when it was told to end long enough ago.
  void look(Elapsed now);
  /// The lab's exit status, once it has ended.
  std::optional<int> status() const { return status_; }

 private:
  void take(int number, bool from_terminal, Elapsed now);

  const Descriptor& signals_;
  Child* child_;
  std::optional<Elapsed> kill_at_;
  std::optional<int> status_;
};

}  // namespace blipd::lab
