// One snapshot of what several probing threads show.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "daemon/store/snapshot.h"

namespace blipd {

/// For each network of a configuration, in its order, the thread that probes it.
using NetworkOrder = std::vector<std::size_t>;

/// Takes the parts apart to make the whole. `parts` are by thread, each with its networks in the order of the
/// configuration. What is ours as a whole (vantage, references, names that were not resolved) is the first part's;
/// counters are summed; `taken` is the earliest.
SnapshotPtr merge_snapshots(std::vector<std::shared_ptr<Snapshot>> parts, const NetworkOrder& order);

/// Collects parts until each thread has given one of the same configuration. Merging is left to whoever asks, so that
/// no probing thread does it or waits for it.
class SnapshotMerge {
 public:
  explicit SnapshotMerge(std::size_t threads) : threads_(threads), newest_(threads) {}

  /// What the parts of generation `generation` will have. Parts of earlier ones are worth nothing from here on. Any
  /// thread, before the first such part.
  void expect(std::uint64_t generation, NetworkOrder order);
  /// By each probing thread about once a second.
  void put(std::size_t thread, std::uint64_t generation, std::shared_ptr<Snapshot> part);
  /// Of the newest parts that are there of all threads; null before the first. Any thread but the probing ones.
  SnapshotPtr latest();

 private:
  const std::size_t threads_;
  std::mutex mutex_;  // guards the four below; held while pointers change places
  std::uint64_t generation_ = 0;
  std::shared_ptr<const NetworkOrder> order_;
  std::vector<std::shared_ptr<Snapshot>> newest_;    ///< by thread: of this generation, and in no set yet
  std::vector<std::shared_ptr<Snapshot>> complete_;  ///< one of each thread, not merged yet

  std::mutex merging_;  // guards `merged_`; never held by a probing thread
  SnapshotPtr merged_;
};

}  // namespace blipd
