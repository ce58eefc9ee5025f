#include "daemon/schedule/schedule.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "probes/fetch.h"

namespace blipd {
namespace {

/// Bucket of the per-network limit, in probes: what ten hours allow, because a network that is asked a few times an
/// hour has to save up for its trouble, within these bounds. It begins empty, so that no time since has more than its
/// allowance.
constexpr double kNetworkBucketHours = 10;
constexpr double kLeastNetworkBucket = 30;
constexpr double kMostNetworkBucket = 300;
double network_bucket(double per_hour) {
  return std::clamp(kNetworkBucketHours * per_hour, kLeastNetworkBucket, kMostNetworkBucket);
}

/// A tenth of a second of traffic may leave at once for the daemon as a whole, but at least this many probes.
constexpr double kLeastDaemonBucket = 64;

}  // namespace

void Schedule::set_limits(const ScheduleLimits& limits, const std::vector<std::uint32_t>& origin) {
  limits_ = limits;
  daemon_.set(limits.packets_per_second, std::max(kLeastDaemonBucket, limits.packets_per_second / 10));
  std::vector<PrefixBucket> prefixes(origin.size());
  for (std::size_t i = 0; i < origin.size(); ++i) {
    if (origin[i] != kNew) prefixes[i] = prefixes_[origin[i]];
  }
  prefixes_ = std::move(prefixes);
  for (auto& [network, bucket] : networks_) {
    bucket.set(limits.per_network_per_hour / 3600, network_bucket(limits.per_network_per_hour));
  }
}

std::uint64_t Schedule::put(ScheduledBlock block, Instant now) {
  if (block.targets == 0) {
    const std::uint64_t lost = forget_waiting(block.block);
    remove(block.block);
    return lost;
  }
  const Duration patience = std::min<Duration>(std::chrono::seconds(1), block.round / 2);
  const auto known = position_.find(block.block);
  if (limits_.per_network_per_hour > 0 && !block.mine) {
    const auto [bucket, fresh] = networks_.try_emplace(block.network, limits_.per_network_per_hour / 3600,
                                                       network_bucket(limits_.per_network_per_hour));
    if (fresh) bucket->second.drain(now);
  }
  std::uint64_t lost = 0;
  if (known == position_.end()) {
    seed_ += 0x9e3779b97f4a7c15U;
    Round round(block.targets, block.round, now, seed_);
    position_.emplace(block.block, entries_.size());
    entries_.push_back({round, std::move(block), patience, 0});
  } else {
    Entry& entry = entries_[known->second];
    if (entry.round.targets() != block.targets || entry.round.length() != block.round) {
      // A waiting probe is named by its ordinal, which means another target now.
      lost = forget_waiting(block.block);
      seed_ += 0x9e3779b97f4a7c15U;
      entry.base += entry.round.ended();
      const Instant start = std::min(std::max(now, entry.round.half_end()), now + block.round / 2);
      entry.round = Round(block.targets, block.round, start, seed_);
    }
    entry.block = std::move(block);
    entry.patience = patience;
  }
  heap_stale_ = true;
  return lost;
}

std::uint64_t Schedule::forget_waiting(std::uint32_t block) {
  const std::size_t count = std::erase_if(waiting_, [&](const Waiting& w) { return w.probe.block == block; });
  std::make_heap(waiting_.begin(), waiting_.end(), std::greater<>());
  return count;
}

void Schedule::remove(std::uint32_t block) {
  const auto known = position_.find(block);
  if (known == position_.end()) return;
  const std::size_t hole = known->second;
  position_.erase(known);
  if (hole + 1 != entries_.size()) {
    entries_[hole] = std::move(entries_.back());
    position_[entries_[hole].block.block] = hole;
  }
  entries_.pop_back();
  forget_waiting(block);
  heap_stale_ = true;
}

void Schedule::rebuild_heap() {
  heap_stale_ = false;
  heap_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    heap_.push_back({entries_[i].round.next().due, static_cast<std::uint32_t>(i)});
  }
  std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
}

void Schedule::replace_front(const HeapItem& item) {
  std::size_t hole = 0;
  for (std::size_t child = 1; child < heap_.size(); child = 2 * hole + 1) {
    if (child + 1 < heap_.size() && heap_[child] > heap_[child + 1]) ++child;
    if (!(item > heap_[child])) break;
    heap_[hole] = heap_[child];
    hole = child;
  }
  heap_[hole] = item;
}

Instant Schedule::allowed(const Entry& entry, std::uint32_t ordinal, Instant now) {
  if (entry.block.mine) return now;
  Instant when = now;
  PrefixBucket& prefix = prefixes_[entry.block.prefixes[ordinal]];
  if (!prefix.ready(now, limits_.per_prefix_per_second)) when = prefix.when(now, limits_.per_prefix_per_second);
  if (limits_.per_network_per_hour > 0) {
    TokenBucket& network = networks_[entry.block.network];
    if (!network.ready(now)) when = std::max(when, network.when(now));
  }
  return when;
}

void Schedule::spend(const Entry& entry, std::uint32_t ordinal, Instant now) {
  daemon_.take();
  if (entry.block.mine) return;
  prefixes_[entry.block.prefixes[ordinal]].take(now, limits_.per_prefix_per_second);
  if (limits_.per_network_per_hour > 0) networks_[entry.block.network].take();
}

void Schedule::take_waiting(Instant now, std::size_t most, std::vector<DueProbe>& due,
                            std::vector<MissedProbes>& missed) {
  while (!waiting_.empty() && waiting_.front().retry <= now && due.size() < most) {
    std::pop_heap(waiting_.begin(), waiting_.end(), std::greater<>());
    Waiting waiting = waiting_.back();
    waiting_.pop_back();
    const Entry& entry = entries_[position_[waiting.probe.block]];
    if (now - waiting.probe.due > entry.patience) {
      missed.push_back({waiting.probe.block, 1});
      continue;
    }
    waiting.retry = daemon_.ready(now) ? allowed(entry, waiting.probe.ordinal, now) : daemon_.when(now);
    if (waiting.retry <= now) {
      spend(entry, waiting.probe.ordinal, now);
      due.push_back(waiting.probe);
    } else {
      waiting_.push_back(waiting);
      std::push_heap(waiting_.begin(), waiting_.end(), std::greater<>());
    }
  }
}

void Schedule::take(Instant now, std::size_t most, std::vector<DueProbe>& due, std::vector<MissedProbes>& missed) {
  if (heap_stale_) rebuild_heap();
  take_waiting(now, most, due, missed);
  while (!heap_.empty() && heap_.front().due <= now && due.size() < most) {
    HeapItem item = heap_.front();
    // The blocks whose turn may be next; where there are many, each of them is a wait for memory.
    const std::size_t near = std::min<std::size_t>(heap_.size(), 7);
    for (std::size_t i = 1; i < near; ++i) fetch(&entries_[heap_[i].block]);
    Entry& entry = entries_[item.block];
    if (const std::uint64_t late = entry.round.skip_before(now - entry.patience); late != 0) {
      missed.push_back({entry.block.block, late});
    }
    // The other blocks' turn comes when theirs are due; a block in front hands out all it has up to there.
    Instant until = now;
    for (std::size_t i = 1; i < std::min<std::size_t>(heap_.size(), 3); ++i) {
      until = std::min(until, std::max(heap_[i].due, item.due));
    }
    bool refused = false;
    for (Round::Probe probe = entry.round.next(); probe.due <= until && due.size() < most; probe = entry.round.next()) {
      if (!daemon_.ready(now)) {
        refused = true;
        break;
      }
      const Instant when = allowed(entry, probe.ordinal, now);
      if (when <= now) {
        spend(entry, probe.ordinal, now);
        due.push_back({entry.block.block, probe.ordinal, probe.due});
      } else {
        waiting_.push_back({when, {entry.block.block, probe.ordinal, probe.due}});
        std::push_heap(waiting_.begin(), waiting_.end(), std::greater<>());
      }
      entry.round.advance();
    }
    item.due = entry.round.next().due;
    replace_front(item);
    if (refused) return;
  }
}

bool Schedule::admit(std::uint32_t block, std::uint32_t ordinal, double reserve, Instant now) {
  const auto known = position_.find(block);
  if (known == position_.end() || !daemon_.ready(now)) return false;
  const Entry& entry = entries_[known->second];
  if (allowed(entry, ordinal, now) > now || !has_left(block, reserve, now)) return false;
  spend(entry, ordinal, now);
  return true;
}

bool Schedule::has_left(std::uint32_t block, double reserve, Instant now) {
  const auto known = position_.find(block);
  if (known == position_.end()) return false;
  const Entry& entry = entries_[known->second];
  if (limits_.per_network_per_hour <= 0 || entry.block.mine) return true;
  TokenBucket& network = networks_[entry.block.network];
  return network.ready(now) && network.left() >= 1 + reserve;
}

std::optional<Instant> Schedule::next(Instant now) {
  if (heap_stale_) rebuild_heap();
  if (heap_.empty()) return std::nullopt;
  Instant next = heap_.front().due;
  if (!waiting_.empty()) next = std::min(next, waiting_.front().retry);
  return std::max(next, daemon_.when(now));
}

std::uint64_t Schedule::rounds_ended(std::uint32_t block) const {
  const auto known = position_.find(block);
  if (known == position_.end()) return 0;
  const Entry& entry = entries_[known->second];
  return entry.base + entry.round.ended();
}

}  // namespace blipd
