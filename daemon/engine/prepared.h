// A configuration turned into what the probing thread switches to. Made by `prepare` on another thread: everything that
// takes time for a million hosts is done here, so that the switch itself is short.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/engine/engine.h"
#include "daemon/engine/engine_share.h"
#include "daemon/schedule/schedule.h"
#include "daemon/store/target.h"

namespace blipd {

/// A prober with open sockets, and what they were opened for.
struct OpenedProber {
  const ProberType* type = nullptr;
  ProbeEnvironment environment;
  std::shared_ptr<Prober> prober;
};

/// A module, ready to send.
struct PreparedModule {
  std::string name;
  const ProberType* type = nullptr;
  std::shared_ptr<Prober> prober;
  std::shared_ptr<const ModuleOptions> options;
  Duration timeout{};
};

/// A place that was left and must not be given to another host before an answer to the old one cannot come any more.
struct RestingPlace {
  Instant left{};
  std::uint32_t place = 0;
};
inline constexpr Duration kPlaceRest = std::chrono::hours(1);

/// The hosts of a block.
struct BlockHosts {
  std::shared_ptr<const std::vector<Address>> addresses;  ///< sorted
  /// Parallel to `addresses`, sorted within equal ones: how each is asked for, where the prober wants names. Else null,
  /// and no address is there twice.
  std::shared_ptr<const std::vector<std::string>> names;

  std::size_t size() const { return addresses ? addresses->size() : 0; }
  /// -1, 0 or 1: host `i` of this is before, the same as or after host `j` of `other`.
  int compare(std::size_t i, const BlockHosts& other, std::size_t j) const;
  friend bool operator==(const BlockHosts& a, const BlockHosts& b);
};

/// Which host has which place in a block.
struct Places {
  BlockHosts hosts;
  std::vector<std::uint32_t> of_host;  ///< place of host i; empty: place i
  std::uint32_t used = 0;              ///< places ever given
  std::vector<RestingPlace> resting;   ///< longest rest first

  std::uint32_t place(std::size_t i) const { return of_host.empty() ? static_cast<std::uint32_t>(i) : of_host[i]; }
};

struct CatalogBlock {
  std::uint32_t id = 0;
  Places places;
};

/// What `prepare` remembers of the configuration in force.
struct Catalog {
  std::map<std::pair<std::string, std::string>, CatalogBlock> blocks;  ///< by (network, module)
  std::uint32_t next_block = 1;
  std::map<std::string, std::uint32_t> networks;  ///< numbers for the per-network limit
  std::uint32_t next_network = 0;
  std::unordered_map<std::string_view, std::size_t>
      order;                             ///< by name: index of each network in PreparedConfig::networks
  std::shared_ptr<const Config> config;  ///< keeps those names
  std::vector<Prefix> prefixes;          ///< under the per-prefix limit, sorted
  std::vector<OpenedProber> probers;
  std::set<Duration> timeouts;  ///< that have a lane in the store: all since the start
};

struct PreparedBlock {
  std::size_t network = 0;            ///< index in PreparedConfig::networks
  std::size_t module = 0;             ///< index in PreparedConfig::modules
  bool fresh = false;                 ///< a new (network, module)
  bool retarget = false;              ///< the hosts changed, or the block is fresh
  std::vector<TargetState> targets;   ///< by place; only with `retarget`
  std::vector<std::uint32_t> places;  ///< of each ordinal; empty: place = ordinal
  BlockHosts hosts;                   ///< by ordinal
  ScheduledBlock schedule;
};

struct PreparedConfig {
  std::shared_ptr<const Config> config;
  std::vector<const NetworkConfig*> networks;  ///< those of this engine, in the order of `config`
  double packets_per_second = 0;               ///< what this engine may send
  Catalog catalog;                             ///< in force once applied
  std::vector<PreparedModule> modules;
  PreparedModule reference;  ///< how references are asked; prober null without references
  std::vector<PreparedBlock> blocks;
  std::vector<std::uint32_t> gone;  ///< blocks that are no longer configured
  std::vector<std::uint32_t> prefix_origin;
  double probes_per_second = 0;
  std::uint64_t targets = 0;
};

/// Gives the hosts of `next` their places: kept hosts keep theirs, new ones get a rested or a new one.
Places assign_places(const Places& before, BlockHosts next, Instant now);
/// The targets of a block with these places. Places of removed hosts are inactive and keep the address, so that answers
/// to what is on its way are still told apart.
std::vector<TargetState> targets_of(const Places& before, const Places& after);

/// What is asked of an engine besides its networks.
enum class Preparation {
  whole,      ///< it is the only one: it opens whatever the configuration names
  first,      ///< of several: references, and modules of its networks
  following,  ///< modules of its networks
};

/// Needs nothing of the probing thread: reads the catalog in force and opens probers that are missing.
Result<PreparedConfigPtr> prepare_config(const Catalog& catalog, const EnginePorts& ports,
                                         std::shared_ptr<const Config> config, const EngineShare& share,
                                         Preparation preparation, Instant now);

}  // namespace blipd
