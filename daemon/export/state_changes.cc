#include "daemon/export/state_changes.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/export/page_text.h"

namespace blipd {

std::vector<std::string> StateChanges::compare(const Snapshot& snapshot) {
  using Json = nlohmann::ordered_json;
  std::vector<std::string> changes;
  std::map<std::string, State> states;
  for (const NetworkSnapshot& network : snapshot.networks) {
    const auto known = states_.find(network.name);
    const State was = known == states_.end() ? State::unknown : known->second;
    states.emplace(network.name, network.state);
    if (network.state == was) continue;
    const Json change = {{"vantage", snapshot.vantage},
                         {"network", network.name},
                         {"state", to_string(network.state)},
                         {"was", to_string(was)},
                         {"since", network.since == WallTime{} ? Json(nullptr) : Json(format_rfc3339(network.since))}};
    changes.push_back(change.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  states_ = std::move(states);
  return changes;
}

}  // namespace blipd
