#include "daemon/config/decode.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "daemon/config/host_list.h"

namespace blipd {
namespace {

struct LaterKey {
  std::string_view section;
  std::string_view key;
  std::string_view sentence;
};

constexpr std::string_view kNoNetworkFiles = "networks from files of their own are not part of this version";
constexpr std::array<LaterKey, 5> kLaterKeys{
    {{"", "shard", "sharding is not part of this version: give each daemon a file with its own networks"},
     {"", "targets_files", kNoNetworkFiles},
     {"", "file_sd", kNoNetworkFiles},
     {"", "file_sd_configs", kNoNetworkFiles},
     {"", "networks_files", kNoNetworkFiles}}};

std::vector<AddressRange> decode_excludes(OptionReader& reader, DecodeContext& context) {
  HostList list;
  for (const OptionValue* item : list_items(reader, "exclude")) {
    if (const auto address = Address::parse(item->text)) {
      list.addresses.push_back(*address);
    } else if (const auto prefix = Prefix::parse(item->text)) {
      list.prefixes.push_back(*prefix);
    } else {
      const bool slash = item->text.find('/') != std::string::npos;
      context.problems.push_back(
          {item->place, "exclude: " + (slash ? why_not_a_prefix(item->text) : why_not_an_address(item->text))});
    }
  }
  for (const OptionValue* item : list_items(reader, "exclude_files")) {
    read_listed_file(item->text, item->place, "exclude_files", list, context);
  }
  return to_ranges(list);
}

/// Probes of one timeout wait in a lane of their own, and lanes are few (daemon/store/flights.h).
void refuse_many_timeouts(const Config& config, OptionReader& reader) {
  std::set<Duration> timeouts;
  for (const ModuleConfig& module : config.modules) timeouts.insert(module.timeout);
  if (timeouts.size() <= kMostTimeouts) return;
  reader.report("modules",
                std::to_string(timeouts.size()) + " different timeouts are above " + std::to_string(kMostTimeouts));
}

/// The contact is for those who are probed without having been asked.
void require_contact(const Config& config, OptionReader& reader, DecodeContext& context) {
  if (!config.vantage.contact.empty()) return;
  const auto foreign = std::find_if(config.networks.begin(), config.networks.end(),
                                    [](const NetworkConfig& network) { return !network.mine; });
  if (foreign == config.networks.end()) return;
  context.problems.push_back({reader.place_of("vantage"), "vantage.contact is missing: network " +
                                                              in_quotes(foreign->name) +
                                                              " is not mine, so say whom to ask (a URL or a mail "
                                                              "address), or set mine: true"});
}

void refuse_excluded_references(const Config& config, OptionReader& reader, DecodeContext& context) {
  for (const Address& host : config.vantage.references.hosts) {
    if (!contains(context.excluded, host)) continue;
    context.problems.push_back(
        {reader.place_of("vantage"), "vantage.references.hosts: " + host.to_string() + " is excluded"});
  }
}

}  // namespace

std::vector<const OptionValue*> list_items(OptionReader& reader, std::string_view key) {
  std::vector<const OptionValue*> items;
  const OptionValue* list = reader.value(key);
  if (list == nullptr) return items;
  if (list->kind != OptionValue::Kind::sequence) {
    reader.report(key, wrong_kind("a list", list->kind));
    return items;
  }
  for (const OptionValue& item : list->items) {
    if (item.kind == OptionValue::Kind::scalar) {
      items.push_back(&item);
    } else {
      reader.report(item.place, reader.path_to(key) + ": " + wrong_kind("text", item.kind));
    }
  }
  return items;
}

void read_listed_file(const std::string& path, SourcePlace place, const std::string& key, HostList& list,
                      DecodeContext& context) {
  if (path.empty()) {
    context.problems.push_back({place, key + ": the path is empty"});
    return;
  }
  const std::string full = path.front() == '/' ? path : context.directory + path;
  if (!context.sources.read_file) {
    context.problems.push_back({place, key + ": " + in_quotes(full) + " cannot be read here"});
    return;
  }
  const Result<std::string> text = context.sources.read_file(full);
  if (text.has_value()) {
    read_host_list(*text, full, place, list, context.problems);
  } else {
    context.problems.push_back({place, key + ": " + text.error().message});
  }
}

void refuse_later_keys(const OptionValue& mapping, std::string_view section, OptionReader& reader) {
  for (const OptionValue::Entry& entry : mapping.entries) {
    const auto later = std::find_if(kLaterKeys.begin(), kLaterKeys.end(), [section, &entry](const LaterKey& key) {
      return key.section == section && key.key == entry.key;
    });
    if (later != kLaterKeys.end() && reader.has(entry.key)) reader.report(entry.key, std::string(later->sentence));
  }
}

Config decode_config(const OptionValue& root, DecodeContext& context) {
  OptionReader reader(root, "", context.problems);
  Config config;
  config.vantage.name = context.sources.host_name;
  config.windows = {{"1m", std::chrono::minutes(1)}, {"5m", std::chrono::minutes(5)}, {"1h", std::chrono::hours(1)}};
  if (root.kind != OptionValue::Kind::mapping) return config;

  if (const OptionValue* value = reader.value("vantage")) config.vantage = decode_vantage(*value, context);
  if (const OptionValue* value = reader.value("limits")) config.limits = decode_limits(*value, context);
  if (const OptionValue* value = reader.value("windows")) config.windows = decode_windows(*value, context);
  if (const OptionValue* value = reader.value("detection")) config.detection = decode_detection(*value, context);
  if (const OptionValue* value = reader.value("storage")) config.storage = decode_storage(*value, context);
  config.engine_threads = static_cast<unsigned>(reader.integer("engine_threads", 1, 1, kMostEngineThreads));
  context.excluded = decode_excludes(reader, context);
  if (const OptionValue* value = reader.value("modules")) {
    config.modules = decode_modules(*value, context);
    refuse_many_timeouts(config, reader);
  } else {
    reader.report("modules", "missing: at least one way of probing must be given");
  }
  if (const OptionValue* value = reader.value("networks")) {
    config.networks = decode_networks(*value, config.modules, context);
  } else {
    reader.report("networks", "missing: at least one network must be given");
  }
  require_contact(config, reader, context);
  refuse_excluded_references(config, reader, context);
  refuse_later_keys(root, "", reader);
  reader.finish();
  return config;
}

}  // namespace blipd
