#include "daemon/service/state_log.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace blipd {
namespace {

/// The module that gives the network its state, so that the numbers explain the word.
const ModuleSnapshot* deciding_module(const NetworkSnapshot& network) {
  const auto same_state = [&](const ModuleSnapshot& module) { return module.state == network.state; };
  const auto found = std::find_if(network.modules.begin(), network.modules.end(), same_state);
  if (found != network.modules.end()) return &*found;
  return network.modules.empty() ? nullptr : &network.modules.front();
}

}  // namespace

void StateLog::compare(const Snapshot& snapshot) {
  if (snapshot.vantage_ok != vantage_ok_) vantage_changed(snapshot);
  vantage_ok_ = snapshot.vantage_ok;

  states_.compare(snapshot,
                  [&](const NetworkSnapshot& network, State was) { network_changed(snapshot, network, was); });
}

void StateLog::network_changed(const Snapshot& snapshot, const NetworkSnapshot& network, State was) {
  std::vector<LogField> fields = {
      {"network", network.name}, {"state", to_string(network.state)}, {"was", to_string(was)}};
  const ModuleSnapshot* module = deciding_module(network);
  if (module != nullptr) {
    fields.emplace_back("module", module->module);
    if (!module->windows.empty() && !snapshot.window_labels.empty()) {
      const WindowRatio& window = module->windows.front();
      fields.emplace_back("window", snapshot.window_labels.front());
      fields.emplace_back("probes", window.probes);
      if (window.probes > 0) {
        fields.emplace_back("ratio", window.ratio);
        fields.emplace_back("ratio_lower", window.lower);
        fields.emplace_back("ratio_upper", window.upper);
      }
    }
  }
  fields.emplace_back("hosts_responding", network.hosts_responding);
  fields.emplace_back("hosts", network.hosts);
  const LogLevel level = network.state == State::up ? LogLevel::info : LogLevel::warn;
  log_.write(level, "network is " + std::string(to_string(network.state)), fields);
}

void StateLog::vantage_changed(const Snapshot& snapshot) {
  const auto responding = std::count_if(snapshot.references.begin(), snapshot.references.end(),
                                        [](const ReferenceSnapshot& reference) { return reference.responding; });
  const std::vector<LogField> fields = {
      {"vantage", snapshot.vantage}, {"references_responding", responding}, {"references", snapshot.references.size()}};
  if (snapshot.vantage_ok) {
    log_.write(LogLevel::info, "vantage is well again", fields);
  } else {
    log_.write(LogLevel::warn, "vantage is ill: probes prove nothing about networks", fields);
  }
}

}  // namespace blipd
