// Where the hosts of a network live.
#pragma once

#include <cstddef>
#include <vector>

#include "daemon/simulate/scenario.h"
#include "probes/address.h"

namespace blipd {

/// The prefixes of network `index` of `network.count`: those of the file, moved up by the span of all networks before.
std::vector<Prefix> prefixes_of(const NetworkSpec& network, std::size_t index);

/// The addresses of its hosts at the start, in the order of their groups. Hosts that are counted are dealt to the
/// prefixes in turn, in each from the address after the first one on; addresses that the file names are left out.
std::vector<Address> host_addresses(const NetworkSpec& network, std::size_t index);

}  // namespace blipd
