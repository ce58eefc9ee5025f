#include "daemon/export/state_changes.h"

#include <nlohmann/json.hpp>

#include "daemon/export/page_text.h"

namespace blipd {

std::vector<std::string> StateChanges::compare(const Snapshot& snapshot) {
  using Json = nlohmann::ordered_json;
  std::vector<std::string> changes;
  states_.compare(snapshot, [&](const NetworkSnapshot& network, State was) {
    const Json change = {{"vantage", snapshot.vantage},
                         {"network", network.name},
                         {"state", to_string(network.state)},
                         {"was", to_string(was)},
                         {"since", network.since == WallTime{} ? Json(nullptr) : Json(format_rfc3339(network.since))}};
    changes.push_back(change.dump(-1, ' ', false, Json::error_handler_t::replace));
  });
  return changes;
}

}  // namespace blipd
