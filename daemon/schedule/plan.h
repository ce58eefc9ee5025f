// From a configuration to what will be sent: for each network and module the length of its round, after stretching it
// until the background traffic fits every cap that binds it. Pure; shared by the daemon and by `blipd check`, so that
// what is printed is what is done.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config/config.h"
#include "probes/address.h"
#include "probes/clock.h"

namespace blipd {

/// Background traffic uses this share of each cap; the rest is for adaptive probes.
inline constexpr double kBackgroundShare = 0.8;

/// What made a round longer than its module's interval.
enum class Stretch { none, daemon, prefix, network };
std::string_view to_string(Stretch s);

struct PlannedBlock {
  std::size_t network = 0;  ///< index in Config::networks
  std::size_t module = 0;   ///< index in Config::modules
  std::size_t hosts = 0;
  Duration round{};              ///< >= the module's interval
  double probes_per_second = 0;  ///< hosts / round
  double busiest_prefix_per_second =
      0;  ///< of this network over all its modules; over the /24 or /48 with most traffic
  Stretch stretched_by = Stretch::none;
};

struct Plan {
  std::vector<PlannedBlock> blocks;  ///< networks in file order, modules in the network's order
  double probes_per_second = 0;
  std::size_t hosts = 0;  ///< counted once per network
};

Plan make_plan(const Config& config);

/// The /24 (IPv4) or /48 (IPv6) that per-prefix limits count by.
Prefix limit_prefix(const Address& address);

}  // namespace blipd
