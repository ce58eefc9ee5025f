// Writes down what changed from one snapshot to the next: one line for each network that changed its state, and one for
// the vantage.
#pragma once

#include "daemon/service/logging.h"
#include "daemon/store/network_states.h"
#include "daemon/store/snapshot.h"

namespace blipd {

/// A network that was never seen before counts as one that was unknown. Control thread.
class StateLog {
 public:
  explicit StateLog(Log& log) : log_(log) {}

  void compare(const Snapshot& snapshot);

 private:
  void network_changed(const Snapshot& snapshot, const NetworkSnapshot& network, State was);
  void vantage_changed(const Snapshot& snapshot);

  Log& log_;
  NetworkStates states_;
  bool vantage_ok_ = true;
};

}  // namespace blipd
