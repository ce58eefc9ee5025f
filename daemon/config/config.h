// A whole configuration as plain values: decoded, checked, expanded, ready to be planned. Immutable once made.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/address_set.h"
#include "probes/address.h"
#include "probes/clock.h"
#include "probes/prober.h"

namespace blipd {

struct ReferencesConfig {
  std::vector<Address> hosts;
  unsigned quorum = 0;  ///< at most hosts.size(); 0 only without hosts
  Duration interval = std::chrono::seconds(1);
  Duration timeout = std::chrono::seconds(1);
};

struct VantageConfig {
  std::string name;     ///< never empty: the host name by default
  std::string contact;  ///< may be empty if every network is `mine`
  ReferencesConfig references;
  std::optional<Address> source4;
  std::optional<Address> source6;
  std::string interface;
};

struct LimitsConfig {
  double packets_per_second = 10000;
  double per_prefix_per_second = 0.39;  ///< for each /24 or /48 of a network that is not mine
  double per_network_per_hour = 0;      ///< 0: none
};

struct WindowConfig {
  std::string label;  ///< as written: "5m"
  Duration length{};
};

/// Common loss of a network from which on it is spotty, and down.
struct DetectionConfig {
  double spotty = 0.05;
  double down = 0.95;
  Duration blip = std::chrono::minutes(2);
  double false_outages_per_network_month = 0.01;
};

/// How long events are kept, and how large the file may become that they are kept in.
struct StorageConfig {
  Duration retention = std::chrono::hours(24 * 90);
  std::uint64_t max_size = std::uint64_t{1} << 30;  ///< bytes
};

/// Which hosts of a network a module probes.
enum class AddressFamily : std::uint8_t { any, ipv4, ipv6 };

struct ModuleConfig {
  std::string name;
  const ProberType* prober = nullptr;
  std::shared_ptr<const ModuleOptions> options;
  Duration interval{};
  Duration timeout{};
  AddressFamily family = AddressFamily::any;
};

/// A host name and one of the addresses it stands for.
struct NamedHost {
  Address address;
  std::string name;
  friend auto operator<=>(const NamedHost&, const NamedHost&) = default;
};

struct NetworkConfig {
  std::string name;
  /// Every address to probe: sorted, unique, after excludes. Empty only if there are names.
  std::vector<Address> hosts;
  std::vector<std::string> names;  ///< host names, in lower case, sorted, unique: resolved while blipd runs
  std::vector<NamedHost>
      named;  ///< the addresses of `names` at present, sorted; these addresses are in `hosts` as well
  /// Sorted: what no name may stand for. Null without names.
  std::shared_ptr<const std::vector<AddressRange>> excluded;
  std::vector<std::string> modules;  ///< names in Config::modules, unique, never empty
  bool mine = false;
  bool per_host_metrics = false;
  std::map<std::string, std::string> labels;
};

inline constexpr unsigned kMostEngineThreads = 64;
/// Of modules, all different. The store has lanes for more, so that some can be changed by reloads.
inline constexpr std::size_t kMostTimeouts = 200;

struct Config {
  VantageConfig vantage;
  LimitsConfig limits;
  std::vector<WindowConfig> windows;  ///< shortest first, never empty
  DetectionConfig detection;
  StorageConfig storage;
  unsigned engine_threads = 1;          ///< probing threads, each with networks of its own; 1 to kMostEngineThreads
  std::vector<ModuleConfig> modules;    ///< in the order of the file
  std::vector<NetworkConfig> networks;  ///< in the order of the file, names unique, never empty

  /// The file as it may be shown (daemon/config/shown_config.h); empty if it was made from values.
  std::string shown;

  const ModuleConfig* find_module(std::string_view name) const;
};

}  // namespace blipd
