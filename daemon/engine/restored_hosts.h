// Hosts as an earlier run knew them, until they are there again.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/engine/kept_state.h"
#include "daemon/engine/prepared.h"
#include "daemon/store/block.h"

namespace blipd {

/// Most hosts are there from the start. Those that are configured by name come when the name has been resolved, and
/// find here what was known of them. Probing thread only.
class RestoredHosts {
 public:
  using NameKey = std::int64_t (*)(std::string_view name);
  /// What a name stands for is known by then.
  static constexpr Duration kPatience = std::chrono::minutes(10);

  void put(const std::string& network, const std::string& module, std::vector<RestoredHost> hosts, NameKey name_key);
  /// Gives the hosts of the block what was known of them, once, if they have no outcome of this run yet.
  void give(Block& block, const BlockHosts& hosts, const std::vector<std::uint32_t>& places, Instant now);
  /// Forgets the hosts of networks for which `waits` is false.
  template <class Waits>
  void keep_if(Waits&& waits) {
    std::erase_if(hosts_, [&](const auto& entry) { return !waits(entry.first.first); });
  }
  void clear() { hosts_.clear(); }
  bool empty() const { return hosts_.empty(); }

 private:
  std::map<std::pair<std::string, std::string>, std::vector<RestoredHost>> hosts_;  ///< by address and name
  NameKey name_key_ = nullptr;
};

}  // namespace blipd
