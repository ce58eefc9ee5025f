// What the engine gives away to be kept, and what it takes back.
#include "daemon/engine/kept_state.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/engine/probing_engine.h"

namespace blipd {

namespace {

/// A host's windows are as much to copy as so many hosts without.
constexpr std::size_t kHostsForWindows = 16;

}  // namespace

WindowsPiece ProbingEngine::kept_windows(std::uint32_t from, std::size_t most) const {
  WindowsPiece piece;
  piece.next = from;
  for (; piece.next < runtimes_.size() && piece.modules.size() < most; ++piece.next) {
    if (!runtimes_[piece.next]) continue;
    const Block& block = *store_.find_block(piece.next);
    piece.modules.push_back({block.network(), block.module(), block.window_lengths(), block.windows(),
                             block.loss_pairs(), block.availability()});
  }
  piece.last = piece.next >= runtimes_.size();
  return piece;
}

HostsPiece ProbingEngine::kept_hosts(std::string_view network, const HostsPosition& from, std::size_t most) const {
  HostsPiece piece;
  piece.last = true;
  const auto found = catalog_.order.find(network);
  if (found == catalog_.order.end()) return piece;
  std::vector<std::uint32_t> blocks = networks_[found->second].blocks;
  std::sort(blocks.begin(), blocks.end());
  const auto id = std::lower_bound(blocks.begin(), blocks.end(), from.block);
  if (id == blocks.end()) return piece;
  const Block& block = *store_.find_block(*id);
  const BlockRuntime& runtime = *runtimes_[*id];
  piece.module = block.module();
  const std::size_t count = runtime.hosts.size();
  std::size_t i = 0;
  if (count != 0 && *id == from.block) {
    const std::vector<Address>& addresses = *runtime.hosts.addresses;
    i = static_cast<std::size_t>(std::lower_bound(addresses.begin(), addresses.end(), from.host) - addresses.begin());
  }
  if (block.keeps_host_records()) {
    most = std::max<std::size_t>(most / kHostsForWindows, 1);
    piece.lengths = block.window_lengths();
  }
  piece.hosts.reserve(std::min(most, count - i));
  for (; i < count; ++i) {
    const Address& address = (*runtime.hosts.addresses)[i];
    // What stands at one address goes together: the next piece is found by its address.
    if (piece.hosts.size() >= most && piece.hosts.back().address != address) break;
    const std::uint32_t place = runtime.places.empty() ? static_cast<std::uint32_t>(i) : runtime.places[i];
    piece.hosts.push_back(block.targets()[place]);
    if (block.keeps_host_records()) piece.windows.push_back(block.host_windows(place));
    if (runtime.hosts.names) piece.names.push_back((*runtime.hosts.names)[i]);
  }
  if (i < count) {
    piece.next = {*id, (*runtime.hosts.addresses)[i]};
    piece.last = false;
  } else if (std::next(id) != blocks.end()) {
    piece.next = {*std::next(id), Address()};
    piece.last = false;
  }
  return piece;
}

void ProbingEngine::restore(RestoredState state, Instant now) {
  for (RestoredModule& module : state.modules) {
    const auto known = catalog_.blocks.find({module.network, module.module});
    if (known == catalog_.blocks.end()) continue;
    Block& block = *store_.find_block(known->second.id);
    BlockRuntime& runtime = *runtimes_[block.id()];
    for (const auto& [length, contents] : module.windows) block.restore_window(length, contents, now);
    for (const auto& [length, contents] : module.after_loss) {
      block.restore_loss_pairs(length, contents, module.lost_before, now);
    }
    for (const auto& [rule, contents] : module.availability) block.availability().restore(rule, contents, now);
    if (module.hosts.empty()) continue;
    restored_hosts_.put(module.network, module.module, std::move(module.hosts), state.name_key);
    restored_hosts_.give(block, runtime.hosts, runtime.places, now);
    runtime.detector.recount(block.targets());
  }
  restored_hosts_.keep_if([&](const std::string& name) {
    const auto found = catalog_.order.find(name);
    return found != catalog_.order.end() && !configured_[found->second]->names.empty();
  });
  for (const RestoredEvent& event : state.events) {
    const auto found = catalog_.order.find(event.open.network);
    if (found == catalog_.order.end()) continue;
    // It was the network's: each module that has a say saw it, or knew nothing.
    for (const std::uint32_t id : judges_of(networks_[found->second])) {
      runtimes_[id]->detector.resume(event.open, event.watched_until, now);
    }
    look_at(found->second);
  }
}

}  // namespace blipd
