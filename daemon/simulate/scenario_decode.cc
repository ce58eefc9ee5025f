#include "daemon/simulate/scenario_decode.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "daemon/config/text.h"

namespace blipd {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::int64_t kMostNetworks = 1'000'000;

bool is_mapping(const OptionValue* value) { return value != nullptr && value->kind == OptionValue::Kind::mapping; }

/// "2014-12-21T16:15:00Z"
std::optional<WallTime> parse_utc(const std::string& text) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;
  int read = 0;
  const int fields =
      std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2uZ%n", &year, &month, &day, &hour, &minute, &second, &read);
  if (fields != 6 || read != 20 || text.size() != 20) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + hours(hour) + std::chrono::minutes(minute) + seconds(second);
}

void decode_addresses(OptionReader& reader, std::string_view key, std::vector<Address>& addresses) {
  const OptionValue* list = reader.value(key);
  if (list == nullptr) return;
  for (const std::string& text : reader.texts(key)) {
    const std::optional<Address> address = Address::parse(text);
    if (address) {
      addresses.push_back(*address);
    } else {
      reader.report(key, in_quotes(text) + " is not an address");
    }
  }
}

void decode_prefixes(OptionReader& reader, NetworkSpec& network) {
  if (!reader.has("prefixes")) return reader.report("prefixes", "missing");
  for (const std::string& text : reader.texts("prefixes")) {
    const std::optional<Prefix> prefix = Prefix::parse(text);
    if (!prefix) {
      reader.report("prefixes", in_quotes(text) + " is not a prefix (an address, / and a length, host bits zero)");
      continue;
    }
    const bool overlaps = std::any_of(network.prefixes.begin(), network.prefixes.end(), [&](const Prefix& other) {
      return other.contains(prefix->first()) || prefix->contains(other.first());
    });
    if (overlaps) reader.report("prefixes", text + " overlaps another one");
    network.prefixes.push_back(*prefix);
  }
  if (network.prefixes.empty()) reader.report("prefixes", "must name at least one prefix");
}

OffHours decode_off(OptionReader& reader) {
  OffHours off;
  off.every = reader.duration("every", hours(24), seconds(2), kLongestScenario);
  off.lasts = reader.duration("for", off.every / 3, Duration(1), kLongestScenario);
  if (off.lasts >= off.every) reader.report("for", "must be shorter than every");
  if (reader.has("phase")) off.phase = reader.duration("phase", Duration::zero(), Duration::zero(), kLongestScenario);
  return off;
}

HostGroup decode_group(const OptionValue& value, const std::string& path, std::vector<Problem>& problems) {
  HostGroup group;
  OptionReader reader(value, path, problems);
  if (!is_mapping(&value)) return group;
  group.count = static_cast<std::size_t>(reader.integer("count", 1, 1, static_cast<std::int64_t>(kMostHosts)));
  decode_addresses(reader, "addresses", group.addresses);
  if (reader.has("addresses") && reader.has("count")) reader.report("count", "goes without addresses");
  group.networks = reader.number("networks", 1, 0, 1);
  group.loss = reader.number("loss", 0.005, 0, 1);
  group.silent = reader.boolean("silent", false);
  const std::string tcp = reader.choice("tcp", "open", {"open", "refused", "silent"});
  group.tcp = tcp == "open" ? TcpAnswer::open : tcp == "refused" ? TcpAnswer::refused : TcpAnswer::silent;
  if (reader.has("delay")) group.delay = read_durations(reader, "delay", {});
  if (reader.has("off")) {
    OptionReader nested = reader.nested("off");
    group.off = decode_off(nested);
    nested.finish();
  }
  if (reader.has("reboots")) {
    OptionReader nested = reader.nested("reboots");
    Reboots reboots;
    reboots.every = read_durations(nested, "every", Distribution::constant(hours(24)), seconds(1));
    reboots.lasts = read_durations(nested, "for", Distribution::constant(std::chrono::minutes(5)), Duration(1));
    nested.finish();
    group.reboots = reboots;
  }
  if (reader.has("rate_limit")) {
    OptionReader nested = reader.nested("rate_limit");
    group.limit = decode_rate_limit(nested);
    nested.finish();
  }
  reader.finish();
  return group;
}

void decode_groups(OptionReader& reader, NetworkSpec& network, std::vector<Problem>& problems) {
  const OptionValue* list = reader.value("hosts");
  if (list == nullptr) return reader.report("hosts", "missing");
  if (list->kind != OptionValue::Kind::sequence) return reader.report("hosts", wrong_kind("a list", list->kind));
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const std::string path = reader.path_to("hosts") + "[" + std::to_string(i) + "]";
    HostGroup group = decode_group(list->items[i], path, problems);
    for (const Address& address : group.addresses) {
      const bool inside = std::any_of(network.prefixes.begin(), network.prefixes.end(),
                                      [&](const Prefix& prefix) { return prefix.contains(address); });
      if (!inside) reader.report(list->items[i].place, path + ": " + address.to_string() + " is in no prefix");
    }
    network.groups.push_back(std::move(group));
  }
  if (network.groups.empty()) reader.report("hosts", "must hold at least one group");
}

/// Hosts are dealt to the prefixes in turn, from the address after the first on, past those that the file names.
void check_room(OptionReader& reader, const NetworkSpec& network) {
  if (network.prefixes.empty()) return;
  std::size_t dealt = 0;
  std::vector<Address> named;
  for (const HostGroup& group : network.groups) {
    dealt += group.addresses.empty() ? group.count : 0;
    named.insert(named.end(), group.addresses.begin(), group.addresses.end());
  }
  std::sort(named.begin(), named.end());
  const auto twice = std::adjacent_find(named.begin(), named.end());
  if (twice != named.end()) reader.report("hosts", twice->to_string() + " is repeated");
  const std::size_t rounds = (dealt + network.prefixes.size() - 1) / network.prefixes.size();
  for (const Prefix& prefix : network.prefixes) {
    if (prefix.host_bits() >= 40) continue;
    const std::uint64_t room = std::max<std::uint64_t>((std::uint64_t{1} << prefix.host_bits()), 2) - 1;
    if (dealt > 0 && rounds + named.size() > room) {
      return reader.report("hosts",
                           std::to_string(rounds + named.size()) + " hosts do not fit into " + prefix.to_string());
    }
  }
  if (network.count > 1 && network.span() == 0) {
    reader.report("count", "the prefixes lie too far apart, or are too large, to be laid out again and again");
  }
}

void decode_behaviour(OptionReader& reader, NetworkSpec& network) {
  network.delay = read_durations(reader, "delay", Distribution::constant(milliseconds(20)));
  network.host_delay = read_durations(reader, "host_delay", {});
  network.jitter = read_durations(reader, "jitter", {});
  if (reader.has("tail")) {
    OptionReader nested = reader.nested("tail");
    network.tail.hosts = nested.number("hosts", 0.05, 0, 1);
    network.tail.probability = nested.number("probability", 0.05, 0, 1);
    network.tail.delay = read_durations(nested, "delay", Distribution::constant(seconds(5)));
    nested.finish();
  }
  if (reader.has("noise")) {
    OptionReader nested = reader.nested("noise");
    network.noise = decode_bursts(nested);
    network.noise.common = nested.boolean("common", false);
    nested.finish();
  }
}

NetworkSpec decode_network(const OptionValue& value, const std::string& path, std::vector<Problem>& problems) {
  NetworkSpec network;
  OptionReader reader(value, path, problems);
  if (!is_mapping(&value)) return network;
  network.name = reader.text("name", "");
  if (!reader.has("name")) {
    reader.report("name", "missing");
  } else if (const std::string why = why_not_a_name(network.name); !why.empty()) {
    reader.report("name", why);
  }
  network.count = static_cast<std::size_t>(reader.integer("count", 1, 1, kMostNetworks));
  decode_prefixes(reader, network);
  decode_groups(reader, network, problems);
  check_room(reader, network);
  decode_behaviour(reader, network);
  network.incidents = decode_incidents(reader, "incidents", false, problems);
  reader.finish();
  return network;
}

void decode_vantage(OptionReader& root, Scenario& scenario, std::vector<Problem>& problems) {
  OptionReader reader = root.nested("vantage");
  scenario.vantage = reader.text("name", "here");
  if (const std::string why = why_not_a_name(scenario.vantage); !why.empty()) reader.report("name", why);
  if (reader.has("references")) {
    OptionReader nested = reader.nested("references");
    NetworkSpec references;
    HostGroup group;
    decode_addresses(nested, "hosts", group.addresses);
    if (group.addresses.empty()) nested.report("hosts", "must name at least one address");
    for (const Address& address : group.addresses) references.prefixes.push_back(Prefix::around(address, 128));
    group.loss = nested.number("loss", 0, 0, 1);
    references.delay = read_durations(nested, "delay", Distribution::constant(milliseconds(5)));
    references.jitter = read_durations(nested, "jitter", {});
    references.incidents = decode_incidents(nested, "incidents", false, problems);
    references.groups.push_back(std::move(group));
    nested.finish();
    scenario.references = std::move(references);
  }
  scenario.vantage_incidents = decode_incidents(reader, "incidents", true, problems);
  reader.finish();
}

void decode_networks(OptionReader& reader, Scenario& scenario, std::vector<Problem>& problems) {
  const OptionValue* list = reader.value("networks");
  if (list == nullptr) return reader.report("networks", "missing");
  if (list->kind != OptionValue::Kind::sequence) return reader.report("networks", wrong_kind("a list", list->kind));
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const std::string path = "networks[" + std::to_string(i) + "]";
    scenario.networks.push_back(decode_network(list->items[i], path, problems));
  }
  if (scenario.networks.empty()) reader.report("networks", "must hold at least one network");
}

}  // namespace

Scenario decode_scenario(const OptionValue& root, std::vector<Problem>& problems) {
  Scenario scenario;
  OptionReader reader(root, "", problems);
  if (!is_mapping(&root)) return scenario;
  scenario.seed = static_cast<std::uint64_t>(reader.integer("seed", 1, 0, INT64_MAX));
  scenario.length = reader.duration("length", hours(1), seconds(1), kLongestScenario);
  scenario.mine = reader.boolean("mine", true);
  if (reader.has("starts")) {
    const std::string text = reader.text("starts", "");
    const std::optional<WallTime> starts = parse_utc(text);
    if (!starts) reader.report("starts", in_quotes(text) + " is not a time such as 2014-12-21T16:15:00Z");
    scenario.starts = starts.value_or(WallTime{});
  }
  if (reader.has("vantage")) decode_vantage(reader, scenario, problems);
  decode_networks(reader, scenario, problems);
  if (const OptionValue* blipd = reader.value("blipd")) {
    if (is_mapping(blipd)) {
      scenario.blipd = *blipd;
    } else {
      reader.report("blipd", wrong_kind("a mapping", blipd->kind));
    }
  }
  reader.finish();
  if (problems.empty()) check_scenario(scenario, reader);
  return scenario;
}

}  // namespace blipd
