// Changes of the states of networks, from one snapshot to the next, for the stream.
#pragma once

#include <string>
#include <vector>

#include "daemon/store/network_states.h"
#include "daemon/store/snapshot.h"

namespace blipd {

/// A network that was never seen before counts as one that was unknown. One thread.
class StateChanges {
 public:
  /// One line of JSON for each network whose state is another than in the snapshot before.
  std::vector<std::string> compare(const Snapshot& snapshot);

 private:
  NetworkStates states_;
};

}  // namespace blipd
