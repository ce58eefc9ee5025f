// The targets of one network, for whoever asks for them by name. Plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/store/target.h"
#include "probes/address.h"

namespace blipd {

/// Which targets of a network: they are in the order of its modules, and of their addresses within a module.
struct TargetRange {
  static constexpr std::size_t kMost = 10000;
  std::size_t offset = 0;
  std::size_t limit = 1000;  ///< at most kMost
};

struct ListedTarget {
  std::size_t module = 0;  ///< in TargetList::modules
  std::string name;        ///< as written in the configuration; empty: it is listed by its address
  TargetState state;
  bool limited = false;  ///< a rate limit holds its answers back
};

struct TargetList {
  std::vector<std::string> modules;
  std::uint64_t total = 0;  ///< targets of the network
  std::vector<ListedTarget> targets;
  bool out_of_memory = false;  ///< there was not enough for the rest, which is empty
};

}  // namespace blipd
