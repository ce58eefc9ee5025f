#include "daemon/store/network_states.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace blipd {

bool NetworkStates::has_networks_of(const Snapshot& snapshot) const {
  return std::equal(known_.begin(), known_.end(), snapshot.networks.begin(), snapshot.networks.end(),
                    [](const Known& known, const NetworkSnapshot& network) { return known.name == network.name; });
}

void NetworkStates::match(const Snapshot& snapshot) {
  const std::vector<Known> before = std::exchange(known_, {});
  std::unordered_map<std::string_view, State> states;
  for (const Known& known : before) states.emplace(known.name, known.state);
  known_.reserve(snapshot.networks.size());
  for (const NetworkSnapshot& network : snapshot.networks) {
    const auto found = states.find(network.name);
    known_.push_back({network.name, found == states.end() ? State::unknown : found->second});
  }
}

}  // namespace blipd
