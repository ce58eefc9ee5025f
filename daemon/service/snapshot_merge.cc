#include "daemon/service/snapshot_merge.h"

#include <algorithm>
#include <utility>

namespace blipd {
namespace {

void add_lag(LagHistogram& sum, const LagHistogram& lag) {
  for (std::size_t i = 0; i < lag.buckets.size(); ++i) sum.buckets[i] += lag.buckets[i];
  sum.count += lag.count;
  sum.sum += lag.sum;
}

void add_refusals(Refusals& sum, const Refusals& refusals) {
  sum.packets += refusals.packets;
  if (refusals.error != 0) sum.error = refusals.error;
}

void add_counters(Snapshot& sum, const Snapshot& part) {
  sum.taken = std::min(sum.taken, part.taken);
  sum.targets += part.targets;
  sum.stray += part.stray;
  sum.forged += part.forged;
  sum.receive_drops += part.receive_drops;
  sum.clock_steps += part.clock_steps;
  sum.unstamped += part.unstamped;
  sum.rtt_below_zero += part.rtt_below_zero;
  add_refusals(sum.refused, part.refused);
  add_refusals(sum.unroutable, part.unroutable);
  // It is one machine; whoever saw more saw it first.
  sum.suspended = std::max(sum.suspended, part.suspended);
  add_lag(sum.lag, part.lag);
  sum.ready = sum.ready && part.ready;
  sum.sending = sum.sending || part.sending;
}

}  // namespace

SnapshotPtr merge_snapshots(std::vector<std::shared_ptr<Snapshot>> parts, const NetworkOrder& order) {
  struct Cursor {
    std::vector<NetworkSnapshot> networks;
    std::vector<ExtraProbes> extra;
    std::size_t next_network = 0;
    std::size_t next_extra = 0;
  };
  std::vector<Cursor> cursors;
  for (const std::shared_ptr<Snapshot>& part : parts) {
    cursors.push_back({std::exchange(part->networks, {}), std::exchange(part->extra, {})});
  }
  const std::shared_ptr<Snapshot> whole = parts.front();
  for (std::size_t i = 1; i < parts.size(); ++i) add_counters(*whole, *parts[i]);
  const auto take_extra = [&](Cursor& from, const std::string& network) {
    while (from.next_extra < from.extra.size() && from.extra[from.next_extra].network == network) {
      whole->extra.push_back(std::move(from.extra[from.next_extra++]));
    }
  };
  take_extra(cursors.front(), "");
  for (const std::size_t thread : order) {
    Cursor& from = cursors[thread];
    take_extra(from, from.networks[from.next_network].name);
    whole->networks.push_back(std::move(from.networks[from.next_network++]));
  }
  return whole;
}

void SnapshotMerge::expect(std::uint64_t generation, NetworkOrder order) {
  auto expected = std::make_shared<const NetworkOrder>(std::move(order));
  std::vector<std::shared_ptr<Snapshot>> old(threads_);  // freed outside the lock, as the old order
  std::vector<std::shared_ptr<Snapshot>> old_complete;
  const std::lock_guard lock(mutex_);
  generation_ = generation;
  order_.swap(expected);
  newest_.swap(old);
  complete_.swap(old_complete);
}

void SnapshotMerge::put(std::size_t thread, std::uint64_t generation, std::shared_ptr<Snapshot> part) {
  std::vector<std::shared_ptr<Snapshot>> old;
  const std::lock_guard lock(mutex_);
  if (generation != generation_) return;
  newest_[thread].swap(part);
  if (std::find(newest_.begin(), newest_.end(), nullptr) != newest_.end()) return;
  old.resize(threads_);
  old.swap(newest_);
  old.swap(complete_);
}

SnapshotPtr SnapshotMerge::latest() {
  const std::lock_guard merging(merging_);
  std::vector<std::shared_ptr<Snapshot>> parts;
  std::shared_ptr<const NetworkOrder> order;
  {
    const std::lock_guard lock(mutex_);
    parts.swap(complete_);
    order = order_;
  }
  if (!parts.empty()) merged_ = merge_snapshots(std::move(parts), *order);
  return merged_;
}

}  // namespace blipd
