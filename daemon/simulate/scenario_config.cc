#include "daemon/simulate/scenario_config.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "daemon/config/decode.h"
#include "daemon/config/yaml_writer.h"
#include "daemon/simulate/host_addresses.h"

namespace blipd {
namespace {

OptionValue scalar(std::string text) {
  OptionValue value;
  value.kind = OptionValue::Kind::scalar;
  value.text = std::move(text);
  return value;
}

OptionValue mapping() {
  OptionValue value;
  value.kind = OptionValue::Kind::mapping;
  return value;
}

OptionValue list(std::vector<OptionValue> items) {
  OptionValue value;
  value.kind = OptionValue::Kind::sequence;
  value.items = std::move(items);
  return value;
}

OptionValue* find(OptionValue& parent, std::string_view key) {
  for (OptionValue::Entry& entry : parent.entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

/// Leaves what is there as it is.
void put(OptionValue& parent, const std::string& key, OptionValue value) {
  if (find(parent, key) != nullptr) return;
  parent.entries.push_back({key, parent.place, std::move(value)});
}

OptionValue network_value(const NetworkSpec& network, std::size_t index, const OptionValue& modules, bool mine) {
  OptionValue value = mapping();
  put(value, "name", scalar(network.name_of(index)));
  std::vector<OptionValue> hosts;
  for (const Address& address : host_addresses(network, index)) hosts.push_back(scalar(address.to_string()));
  put(value, "hosts", list(std::move(hosts)));
  put(value, "modules", modules);
  put(value, "mine", scalar(mine ? "true" : "false"));
  return value;
}

void put_vantage(const Scenario& scenario, OptionValue& root) {
  put(root, "vantage", mapping());
  OptionValue& vantage = *find(root, "vantage");
  if (vantage.kind != OptionValue::Kind::mapping) return;
  put(vantage, "name", scalar(scenario.vantage));
  // Who is simulated need not be told whom to ask, but the limits hold only for those who would be.
  if (!scenario.mine) put(vantage, "contact", scalar("https://probing.example.net/"));
  if (!scenario.references) return;
  OptionValue references = mapping();
  std::vector<OptionValue> hosts;
  for (const Address& address : host_addresses(*scenario.references, 0)) hosts.push_back(scalar(address.to_string()));
  put(references, "hosts", list(std::move(hosts)));
  put(vantage, "references", std::move(references));
}

void put_modules(OptionValue& root) {
  OptionValue ping = mapping();
  put(ping, "prober", scalar("icmp"));
  OptionValue modules = mapping();
  put(modules, "ping", std::move(ping));
  put(root, "modules", std::move(modules));
}

void put_networks(const Scenario& scenario, OptionValue& root) {
  if (find(root, "networks") != nullptr) return;
  std::vector<OptionValue> names;
  for (const OptionValue::Entry& entry : find(root, "modules")->entries) names.push_back(scalar(entry.key));
  const OptionValue modules = list(std::move(names));
  std::vector<OptionValue> networks;
  for (const NetworkSpec& network : scenario.networks) {
    for (std::size_t i = 0; i < network.count; ++i) {
      networks.push_back(network_value(network, i, modules, scenario.mine));
    }
  }
  put(root, "networks", list(std::move(networks)));
}

OptionValue probing_options(const Scenario& scenario) {
  OptionValue root = scenario.blipd.kind == OptionValue::Kind::mapping ? scenario.blipd : mapping();
  put_vantage(scenario, root);
  put_modules(root);
  put_networks(scenario, root);
  return root;
}

Result<Config> decode(const OptionValue& root, const Scenario& scenario) {
  // No file and no environment: a scenario means the same everywhere.
  const ConfigSources sources;
  std::vector<Problem> problems;
  DecodeContext context{sources, "", problems, {}, {}, sources.most_addresses};
  Config config = decode_config(root, context);
  if (!problems.empty()) return describe_problems(std::move(problems), scenario.file);
  return Result<Config>(boost::system::in_place_value, std::move(config));
}

}  // namespace

Result<Config> probing_config(const Scenario& scenario) { return decode(probing_options(scenario), scenario); }

Result<std::string> probing_yaml(const Scenario& scenario) {
  const OptionValue root = probing_options(scenario);
  if (const Result<Config> config = decode(root, scenario); config.has_error()) return config.error();
  return Result<std::string>(boost::system::in_place_value, write_yaml(root));
}

}  // namespace blipd
