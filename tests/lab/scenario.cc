#include "tests/lab/scenario.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/lab/decode_services.h"
#include "tests/lab/fields.h"

namespace blipd::lab {
namespace {

void decode_outages(Fields& fields, Problems& problems, std::vector<Outage>& outages) {
  const YAML::Node list = fields.node("outages");
  if (!list) return;
  if (!list.IsSequence()) return fields.report("outages", "a list of {from, to} is expected");
  outages.clear();
  for (const auto& item : list) {
    Fields reader(item, problems);
    outages.push_back(decode_span(reader));
    reader.finish();
  }
}

void decode_flapping(const YAML::Node& node, Problems& problems, std::optional<Flapping>& target) {
  Fields fields(node, problems);
  Flapping flapping;
  fields.require("period");
  fields.duration("period", flapping.period);
  fields.require("down");
  fields.duration("down", flapping.down);
  fields.duration("from", flapping.from);
  if (flapping.down >= flapping.period) fields.report("down", "must be shorter than the period");
  fields.finish();
  target = flapping;
}

void decode_late(const YAML::Node& node, Problems& problems, LateReplies& late) {
  Fields fields(node, problems);
  fields.probability("probability", late.probability);
  fields.duration("delay", late.delay);
  fields.finish();
}

void decode_quote(Fields& fields, std::size_t& quote) {
  const YAML::Node value = fields.node("quote");
  if (!value) return;
  if (value.IsScalar() && value.Scalar() == "full") {
    quote = SIZE_MAX;
    return;
  }
  std::uint64_t bytes = 8;
  fields.integer("quote", bytes, 65535);
  quote = bytes;
}

void decode_error(const YAML::Node& node, Problems& problems, ErrorAnswers& error) {
  Fields fields(node, problems);
  fields.probability("probability", error.probability);
  fields.octet("type", error.type);
  fields.octet("code", error.code);
  fields.octet("type6", error.type6);
  fields.octet("code6", error.code6);
  fields.ip("from", false, error.from);
  fields.ip("from6", true, error.from6);
  decode_quote(fields, error.quote);
  fields.finish();
}

void decode_behaviour(Fields& fields, Problems& problems, Behaviour& behaviour) {
  fields.duration("delay", behaviour.delay);
  fields.duration("jitter", behaviour.jitter);
  fields.probability("loss", behaviour.loss);
  fields.probability("loss_forward", behaviour.loss_forward);
  fields.probability("loss_back", behaviour.loss_back);
  fields.boolean("silent", behaviour.silent);
  fields.probability("duplicate", behaviour.duplicate);
  fields.probability("forge", behaviour.forge);
  fields.probability("stray", behaviour.stray);
  if (const YAML::Node late = fields.node("late")) decode_late(late, problems, behaviour.late);
  if (const YAML::Node error = fields.node("error")) decode_error(error, problems, behaviour.error);
  decode_outages(fields, problems, behaviour.outages);
  if (const YAML::Node flapping = fields.node("flapping")) decode_flapping(flapping, problems, behaviour.flapping);
  decode_services(fields, problems, behaviour);
}

void decode_prefixes(Fields& fields, Problems& problems, std::vector<IpPrefix>& prefixes) {
  const YAML::Node list = fields.node("prefixes");
  if (!list || !list.IsSequence() || list.size() == 0) {
    return fields.report("prefixes", "a list of prefixes or addresses is expected");
  }
  for (const auto& item : list) {
    const auto prefix = item.IsScalar() ? IpPrefix::parse(item.Scalar()) : std::nullopt;
    if (prefix) {
      prefixes.push_back(*prefix);
    } else {
      problems.add(item.Mark(), "a prefix with no host bits set, or an address, is expected");
    }
  }
}

void decode_hosts(Fields& fields, Problems& problems, NetworkScenario& network) {
  const YAML::Node hosts = fields.node("hosts");
  if (!hosts) return;
  if (!hosts.IsMap()) return fields.report("hosts", "a mapping from an address to its behaviour is expected");
  for (const auto& entry : hosts) {
    const auto address = entry.first.IsScalar() ? Ip::parse(entry.first.Scalar()) : std::nullopt;
    const auto inside = [&](const IpPrefix& prefix) { return prefix.contains(*address); };
    if (!address || std::none_of(network.prefixes.begin(), network.prefixes.end(), inside)) {
      problems.add(entry.first.Mark(), "an address inside the network's prefixes is expected");
      continue;
    }
    Behaviour behaviour = network.behaviour;
    Fields reader(entry.second, problems);
    decode_behaviour(reader, problems, behaviour);
    reader.finish();
    if (!network.hosts.emplace(*address, behaviour).second) problems.add(entry.first.Mark(), "repeated host");
  }
}

// What a behaviour needs from its network: a stray comes from a neighbour, an error from a router of the same family.
void check_behaviour(const NetworkScenario& network, const Behaviour& behaviour, const YAML::Mark& mark,
                     Problems& problems) {
  for (const IpPrefix& prefix : network.prefixes) {
    if (behaviour.stray > 0 && prefix.count() < 2)
      problems.add(mark, "stray: a prefix of one address has no neighbour");
    if (behaviour.error.probability > 0 && !(prefix.first.v6 ? behaviour.error.from6 : behaviour.error.from)) {
      problems.add(mark, prefix.first.v6 ? "error: from6 is missing" : "error: from is missing");
    }
  }
}

NetworkScenario decode_network(const YAML::Node& node, Problems& problems) {
  NetworkScenario network;
  Fields fields(node, problems);
  fields.require("name");
  fields.text("name", network.name);
  decode_prefixes(fields, problems, network.prefixes);
  fields.integer("silent_hosts", network.silent_hosts, UINT64_MAX);
  decode_behaviour(fields, problems, network.behaviour);
  decode_hosts(fields, problems, network);
  fields.finish();
  check_behaviour(network, network.behaviour, node.Mark(), problems);
  for (const auto& host : network.hosts) check_behaviour(network, host.second, node.Mark(), problems);
  return network;
}

void check_networks(const Scenario& scenario, const YAML::Node& list, Problems& problems) {
  std::set<std::string> names;
  std::vector<IpPrefix> all;
  for (std::size_t i = 0; i < scenario.networks.size(); ++i) {
    const NetworkScenario& network = scenario.networks[i];
    const YAML::Mark mark = list[i].Mark();
    if (!names.insert(network.name).second) problems.add(mark, "repeated network \"" + network.name + "\"");
    for (const IpPrefix& prefix : network.prefixes) {
      if (prefix.contains(scenario.address) || prefix.contains(scenario.address6)) {
        problems.add(mark, "the vantage's own address lies in " + prefix.first.to_string());
      }
      all.push_back(prefix);
    }
  }
  std::sort(all.begin(), all.end(), [](const IpPrefix& a, const IpPrefix& b) { return a.first < b.first; });
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (all[i - 1].contains(all[i].first)) {
      problems.add(list.Mark(), "prefixes overlap at " + all[i].first.to_string());
    }
  }
}

void decode_vantage(const YAML::Node& node, Problems& problems, Scenario& scenario) {
  std::optional<Ip> address = scenario.address;
  std::optional<Ip> address6 = scenario.address6;
  Fields fields(node, problems);
  fields.ip("address", false, address);
  fields.ip("address6", true, address6);
  fields.finish();
  scenario.address = *address;
  scenario.address6 = *address6;
}

Scenario decode(const YAML::Node& root, Problems& problems) {
  Scenario scenario;
  scenario.address = *Ip::parse("198.51.100.9");
  scenario.address6 = *Ip::parse("2001:db8:ffff::9");
  Fields fields(root, problems);
  fields.integer("seed", scenario.seed, UINT64_MAX);
  if (const YAML::Node vantage = fields.node("vantage")) decode_vantage(vantage, problems, scenario);
  std::string routes = "networks";
  fields.text("routes", routes);
  if (routes != "networks" && routes != "default") fields.report("routes", "networks or default is expected");
  scenario.default_routes = routes == "default";
  decode_outages(fields, problems, scenario.outages);
  const YAML::Node networks = fields.node("networks");
  if (networks && networks.IsSequence() && networks.size() > 0) {
    for (const auto& network : networks) scenario.networks.push_back(decode_network(network, problems));
    check_networks(scenario, networks, problems);
  } else {
    fields.report("networks", "a list of networks is expected");
  }
  fields.finish();
  return scenario;
}

}  // namespace

Result<Scenario> parse_scenario(const std::string& text, const std::string& name) {
  Problems problems;
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() != 1) return Error{name + ": exactly one YAML document is expected"};
    Scenario scenario = decode(documents.front(), problems);
    if (problems.empty()) return scenario;
  } catch (const YAML::Exception& error) {
    problems.add(error.mark, error.msg);
  }
  return Error{name + ":" + problems.first()};
}

Result<Scenario> load_scenario(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{path + ": cannot be read"};
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  return parse_scenario(text, path);
}

}  // namespace blipd::lab
