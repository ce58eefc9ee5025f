// blipd.yaml -> Config. The only door to the configuration for the rest of the daemon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "daemon/config/config.h"
#include "daemon/config/text.h"
#include "probes/option_reader.h"
#include "probes/prober.h"
#include "probes/result.h"

namespace blipd {

/// blipd.yaml itself may be this large, in bytes.
inline constexpr std::size_t kLargestConfigFile = 16U << 20U;
/// A hosts_file or one of exclude_files may be this large, in bytes.
inline constexpr std::size_t kLargestHostsFile = 512U << 20U;
/// Addresses in one prefix, and in all networks together before excludes.
inline constexpr std::uint64_t kMostAddresses = std::uint64_t{1} << 24U;
/// Problems that an error lists.
inline constexpr std::size_t kMostProblemsShown = 20;

/// Everything outside the text that a configuration is made from; tests put their own in place.
struct ConfigSources {
  std::span<const ProberType* const> probers = prober_types();
  /// Values for `${NAME}`; empty: no variable is set.
  Environment environment;
  /// Reads a hosts_file or one of exclude_files; the error says why not. Empty: such files are refused.
  std::function<Result<std::string>(const std::string& path)> read_file;
  /// The vantage's name if the file gives none.
  std::string host_name = "localhost";
  /// Bounds memory, as kMostAddresses.
  std::uint64_t most_addresses = kMostAddresses;
};

/// Reads and decodes `path`. The error holds one line a problem, each "file:line:column: what is wrong", in the order
/// of the file and at most kMostProblemsShown of them. Reads `hosts_file`s and `exclude_files` (relative to the
/// directory of `path`) and the process's environment; never touches the network.
Result<Config> load_config(const std::string& path);

/// The same for text in memory; `name` stands for the file in messages, and its directory is where relative paths
/// start.
Result<Config> parse_config(std::string_view text, const std::string& name, const ConfigSources& sources = {});

/// The same for values that have been read already.
Result<Config> decode_config(const OptionValue& root, const std::string& name, const ConfigSources& sources = {});

}  // namespace blipd
