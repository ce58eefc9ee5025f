// The states of all networks in the snapshot before, for whoever tells what has changed since.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/snapshot.h"

namespace blipd {

/// A network that was never seen before counts as one that was unknown. One thread.
class NetworkStates {
 public:
  /// Calls `changed(network, was)` for each network whose state is another than in the snapshot before, in their order.
  template <class Changed>
  void compare(const Snapshot& snapshot, Changed&& changed) {
    if (!has_networks_of(snapshot)) match(snapshot);
    for (std::size_t i = 0; i < known_.size(); ++i) {
      const NetworkSnapshot& network = snapshot.networks[i];
      const State was = std::exchange(known_[i].state, network.state);
      if (network.state != was) changed(network, was);
    }
  }

 private:
  struct Known {
    std::string name;
    State state = State::unknown;
  };

  bool has_networks_of(const Snapshot& snapshot) const;
  /// Knows the networks of this snapshot, in their order, with the states of before.
  void match(const Snapshot& snapshot);

  std::vector<Known> known_;  ///< in the order of the snapshot: from one to the next it seldom changes
};

}  // namespace blipd
