#include <algorithm>
#include <new>
#include <utility>

#include "daemon/engine/probing_engine.h"
#include "probes/out_of_memory.h"

namespace blipd {

// Somebody's question must not end the probing.
std::optional<TargetList> ProbingEngine::target_list(std::string_view network, const TargetRange& range) const {
  const MayRunOutOfMemory may_fail(true);
  try {
    return list_targets(network, range);
  } catch (const std::bad_alloc&) {
    TargetList none;
    none.out_of_memory = true;
    return none;
  }
}

std::optional<TargetList> ProbingEngine::list_targets(std::string_view network, const TargetRange& range) const {
  const auto found = catalog_.order.find(network);
  if (found == catalog_.order.end()) return std::nullopt;
  const NetworkConfig& config = *configured_[found->second];
  const std::size_t limit = std::min(range.limit, TargetRange::kMost);
  TargetList list;
  for (const std::uint32_t id : networks_[found->second].blocks) {
    const Block& block = *store_.find_block(id);
    const BlockRuntime& runtime = *runtimes_[id];
    list.modules.push_back(block.module());
    const std::size_t before = list.total;
    list.total += runtime.hosts.size();
    for (std::size_t i = range.offset > before ? range.offset - before : 0; i < runtime.hosts.size(); ++i) {
      if (list.targets.size() == limit) break;
      const std::uint32_t place = runtime.places.empty() ? static_cast<std::uint32_t>(i) : runtime.places[i];
      ListedTarget target{
          list.modules.size() - 1, {}, block.targets()[place], runtime.detector.limited().contains(place)};
      if (runtime.hosts.names) {
        target.name = (*runtime.hosts.names)[i];
      } else {
        const NamedHost first{target.state.address, {}};
        const auto named = std::lower_bound(config.named.begin(), config.named.end(), first);
        if (named != config.named.end() && named->address == target.state.address) target.name = named->name;
      }
      list.targets.push_back(std::move(target));
    }
  }
  return list;
}

}  // namespace blipd
