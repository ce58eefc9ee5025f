// Values with places -> Config. One function for each section of the file; each reports every problem it can find and
// returns what it could read. Used by daemon/config/load.cc only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/address_set.h"
#include "daemon/config/config.h"
#include "daemon/config/load.h"
#include "probes/option_reader.h"

namespace blipd {

/// What the sections share while one file is decoded.
struct DecodeContext {
  const ConfigSources& sources;
  std::string directory;  ///< where relative paths start: empty or with a slash at its end
  std::vector<Problem>& problems;
  std::vector<AddressRange> excluded;         ///< by the file as a whole
  std::vector<std::string> declared_modules;  ///< names under `modules`, of broken modules too
  std::uint64_t addresses_left = 0;           ///< until ConfigSources::most_addresses
};

/// The whole file. The result is a configuration only if no problem was reported.
Config decode_config(const OptionValue& root, DecodeContext& context);

VantageConfig decode_vantage(const OptionValue& value, DecodeContext& context);
LimitsConfig decode_limits(const OptionValue& value, DecodeContext& context);
std::vector<WindowConfig> decode_windows(const OptionValue& value, DecodeContext& context);
DetectionConfig decode_detection(const OptionValue& value, DecodeContext& context);
StorageConfig decode_storage(const OptionValue& value, DecodeContext& context);
/// Fills context.declared_modules as well.
std::vector<ModuleConfig> decode_modules(const OptionValue& value, DecodeContext& context);
/// Needs context.declared_modules and context.excluded.
std::vector<NetworkConfig> decode_networks(const OptionValue& value, const std::vector<ModuleConfig>& modules,
                                           DecodeContext& context);

/// The items of the list at `key` that are single values; others are reported. Null pointers never occur.
std::vector<const OptionValue*> list_items(OptionReader& reader, std::string_view key);
/// Reads the file that the configuration names at `key` into `list`, or reports why not.
void read_listed_file(const std::string& path, SourcePlace place, const std::string& key, HostList& list,
                      DecodeContext& context);
/// Reports keys of the file format that this version does not act on, each with a sentence of its own.
/// `section` is "" for the file as a whole, or "detection".
void refuse_later_keys(const OptionValue& mapping, std::string_view section, OptionReader& reader);

}  // namespace blipd
