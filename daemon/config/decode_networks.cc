// The section `networks`: from lists of addresses, prefixes and files to the hosts of each network.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "daemon/config/decode.h"
#include "daemon/config/host_list.h"
#include "daemon/config/text.h"

namespace blipd {
namespace {

/// Nobody is probed more often than once a second without being asked.
constexpr Duration kShortestForeignInterval = std::chrono::seconds(1);

using ModuleIndex = std::unordered_map<std::string_view, const ModuleConfig*>;

bool is_label_name(std::string_view name) {
  const auto starts = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && starts(name[0]) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return starts(c) || (c >= '0' && c <= '9'); });
}

/// The entry being decoded.
class NetworkDecoder {
 public:
  NetworkDecoder(const OptionValue& value, std::string path, DecodeContext& context)
      : value_(value), path_(std::move(path)), context_(context), reader_(value, path_, context.problems) {}

  NetworkConfig decode(const ModuleIndex& modules) {
    NetworkConfig network;
    // Where `mine` cannot be read, nothing is asked that only other networks need.
    network.mine = true;
    if (value_.kind != OptionValue::Kind::mapping) return network;
    decode_name(network);
    network.mine = reader_.has("mine") && reader_.boolean("mine", true);
    network.per_host_metrics = reader_.boolean("per_host_metrics", false);
    decode_modules_of(network, modules);
    decode_labels(network);
    decode_hosts(network);
    reader_.finish();
    return network;
  }

 private:
  void report_item(const OptionValue& item, std::string_view key, const std::string& message) {
    reader_.report(item.place, reader_.path_to(key) + ": " + message);
  }

  void decode_name(NetworkConfig& network) {
    if (!reader_.has("name")) {
      reader_.report("name", "missing");
      return;
    }
    const std::size_t before = context_.problems.size();
    network.name = reader_.text("name", "");
    const std::string why = why_not_a_name(network.name);
    if (!why.empty() && context_.problems.size() == before) reader_.report("name", why);
  }

  void decode_modules_of(NetworkConfig& network, const ModuleIndex& modules) {
    const std::size_t before = context_.problems.size();
    std::unordered_set<std::string_view> seen;
    for (const OptionValue* item : list_items(reader_, "modules")) {
      const auto found = modules.find(item->text);
      if (found == modules.end()) {
        report_item(*item, "modules", "there is no module " + in_quotes(item->text) + suggest_module(item->text));
      } else if (!seen.insert(item->text).second) {
        report_item(*item, "modules", in_quotes(item->text) + " is repeated");
      } else {
        network.modules.push_back(item->text);
        if (!network.mine && found->second->interval < kShortestForeignInterval) {
          report_item(*item, "modules",
                      "the interval of " + in_quotes(item->text) + ", " + format_duration(found->second->interval) +
                          ", is below 1s, which is only for networks that are mine");
        }
      }
    }
    if (network.modules.empty() && context_.problems.size() == before) {
      reader_.report("modules", "missing: at least one module must be named");
    }
  }

  /// Searched for only while it will be seen: a large file may name thousands of modules that are not there.
  std::string suggest_module(std::string_view name) const {
    if (context_.problems.size() >= kMostProblemsShown) return {};
    const std::string near = nearest_word(name, context_.declared_modules);
    return near.empty() ? near : " (did you mean " + in_quotes(near) + "?)";
  }

  void decode_labels(NetworkConfig& network) {
    const OptionValue* labels = reader_.value("labels");
    if (labels == nullptr) return;
    if (labels->kind != OptionValue::Kind::mapping) {
      reader_.report("labels", wrong_kind("a mapping", labels->kind));
      return;
    }
    for (const OptionValue::Entry& entry : labels->entries) {
      const std::string where = path_ + ".labels: ";
      if (!is_label_name(entry.key)) {
        context_.problems.push_back(
            {entry.key_place,
             where + in_quotes(entry.key) + " is not a label name (letters, digits and _, no digit first)"});
      } else if (entry.key.starts_with("__") || entry.key == "network") {
        context_.problems.push_back(
            {entry.key_place, where + "the label name " + in_quotes(entry.key) + " is reserved"});
      } else if (entry.value.kind != OptionValue::Kind::scalar) {
        context_.problems.push_back(
            {entry.key_place, where + in_quotes(entry.key) + ": " + wrong_kind("text", entry.value.kind)});
      } else if (has_control_character(entry.value.text)) {
        context_.problems.push_back(
            {entry.key_place, where + in_quotes(entry.key) + " must not hold control characters"});
      } else {
        network.labels.emplace(entry.key, entry.value.text);
      }
    }
  }

  void read_prefixes(HostList& list) {
    for (const OptionValue* item : list_items(reader_, "prefixes")) {
      if (const auto prefix = Prefix::parse(item->text)) {
        list.prefixes.push_back(*prefix);
        check_size(*prefix, item->place, "prefixes");
      } else {
        report_item(*item, "prefixes", why_not_a_prefix(item->text));
      }
    }
  }

  void read_hosts(HostList& list) {
    for (const OptionValue* item : list_items(reader_, "hosts")) {
      if (const auto address = Address::parse(item->text)) {
        list.addresses.push_back(*address);
      } else if (const std::string why = take_name(item->text, list); !why.empty()) {
        report_item(*item, "hosts", why);
      }
    }
  }

  void read_hosts_file(HostList& list) {
    if (!reader_.has("hosts_file")) return;
    const std::size_t before = context_.problems.size();
    const std::string path = reader_.text("hosts_file", "");
    if (context_.problems.size() != before) return;
    const SourcePlace place = reader_.place_of("hosts_file");
    const std::size_t prefixes_before = list.prefixes.size();
    read_listed_file(path, place, reader_.path_to("hosts_file"), list, context_);
    for (std::size_t i = prefixes_before; i < list.prefixes.size(); ++i) {
      check_size(list.prefixes[i], place, "hosts_file");
    }
  }

  HostList read_excludes() {
    HostList list;
    for (const OptionValue* item : list_items(reader_, "exclude")) {
      if (const auto address = Address::parse(item->text)) {
        list.addresses.push_back(*address);
      } else if (const auto prefix = Prefix::parse(item->text)) {
        list.prefixes.push_back(*prefix);
      } else {
        const bool slash = item->text.find('/') != std::string::npos;
        report_item(*item, "exclude", slash ? why_not_a_prefix(item->text) : why_not_an_address(item->text));
      }
    }
    return list;
  }

  void check_size(const Prefix& prefix, SourcePlace place, std::string_view key) {
    if (count_addresses(prefix) <= context_.sources.most_addresses) return;
    context_.problems.push_back({place, path_ + "." + std::string(key) + ": " + prefix.to_string() +
                                            " holds more than " + std::to_string(context_.sources.most_addresses) +
                                            " addresses"});
  }

  void check_discovery(const HostList& list) {
    const bool discover = reader_.boolean("discover", true);
    if (reader_.has("discover")) {
      if (discover) reader_.report("discover", "sweeping is not part of this version: write discover: false");
      return;
    }
    if (list.prefixes.empty()) return;
    reader_.report(reader_.value("prefixes") != nullptr ? "prefixes" : "hosts_file",
                   "a prefix needs discover: false: sweeping is not part of this version");
  }

  void decode_hosts(NetworkConfig& network) {
    const std::size_t before = context_.problems.size();
    HostList list;
    list.takes_names = true;
    read_prefixes(list);
    read_hosts(list);
    read_hosts_file(list);
    const HostList excludes = read_excludes();
    check_discovery(list);
    // Whatever else could be said about the hosts would follow from what was said already.
    if (context_.problems.size() != before) return;
    if (list.addresses.empty() && list.prefixes.empty() && list.names.empty()) {
      reader_.report(reader_.place_of("name"), path_ + ": no hosts: give hosts, hosts_file or prefixes");
      return;
    }
    if (!take_from_budget(list)) return;
    take_names(network, list, excludes);
    network.hosts = expand(std::move(list));
    remove_ranges(network.hosts, to_ranges(excludes));
    remove_ranges(network.hosts, context_.excluded);
    if (network.hosts.empty() && network.names.empty()) {
      reader_.report(reader_.place_of("name"), path_ + ": no host is left after the excludes");
    } else if (const std::string why = find_unprobeable(network.hosts); !why.empty()) {
      reader_.report(reader_.place_of("name"), path_ + ": " + why + " and cannot be a host: exclude it");
    }
  }

  void take_names(NetworkConfig& network, HostList& list, const HostList& excludes) {
    if (list.names.empty()) return;
    network.names = std::move(list.names);
    std::sort(network.names.begin(), network.names.end());
    network.names.erase(std::unique(network.names.begin(), network.names.end()), network.names.end());
    std::vector<AddressRange> excluded = to_ranges(excludes);
    excluded.insert(excluded.end(), context_.excluded.begin(), context_.excluded.end());
    network.excluded = std::make_shared<const std::vector<AddressRange>>(merged(std::move(excluded)));
  }

  bool take_from_budget(const HostList& list) {
    std::uint64_t& left = context_.addresses_left;
    // A name stands for one address of each family.
    const std::uint64_t single = list.addresses.size() + 2 * list.names.size();
    bool fits = single <= left;
    if (fits) left -= single;
    for (const Prefix& prefix : list.prefixes) {
      fits = fits && count_addresses(prefix) <= left;
      if (fits) left -= count_addresses(prefix);
    }
    if (!fits) {
      reader_.report(reader_.place_of("name"), path_ + ": the networks hold more than " +
                                                   std::to_string(context_.sources.most_addresses) +
                                                   " addresses together");
    }
    return fits;
  }

  const OptionValue& value_;
  std::string path_;
  DecodeContext& context_;
  OptionReader reader_;
};

}  // namespace

std::vector<NetworkConfig> decode_networks(const OptionValue& value, const std::vector<ModuleConfig>& modules,
                                           DecodeContext& context) {
  std::vector<NetworkConfig> networks;
  if (value.kind != OptionValue::Kind::sequence) {
    context.problems.push_back({value.place, "networks: " + wrong_kind("a list", value.kind)});
    return networks;
  }
  if (value.items.empty()) context.problems.push_back({value.place, "networks: at least one must be given"});
  ModuleIndex index;
  for (const ModuleConfig& module : modules) index.emplace(module.name, &module);
  std::unordered_set<std::string> names;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const OptionValue& item = value.items[i];
    const std::string path = "networks[" + std::to_string(i) + "]";
    networks.push_back(NetworkDecoder(item, path, context).decode(index));
    const std::string& name = networks.back().name;
    if (!name.empty() && !names.insert(name).second) {
      SourcePlace place = item.place;
      for (const OptionValue::Entry& entry : item.entries) {
        if (entry.key == "name") place = entry.key_place;
      }
      context.problems.push_back({place, path + ".name: there is a network " + in_quotes(name) + " already"});
    }
  }
  return networks;
}

}  // namespace blipd
