// Which probes are due, within every limit. Pure: `now` is a parameter, and nothing is read or sent.
//
// Each block runs rounds (daemon/schedule/round.h); a heap holds one entry a block, never one a target. A probe that a
// limit refuses waits for its token; a probe that was not sent within min(1 s, half a round) of its due time is missed:
// counted, never made up for. Due times are absolute, so lateness does not add up.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "daemon/schedule/round.h"
#include "daemon/schedule/token_bucket.h"

namespace blipd {

/// The limits that are not the configuration's rounds but its ceilings.
struct ScheduleLimits {
  double packets_per_second = std::numeric_limits<double>::infinity();
  double per_prefix_per_second = std::numeric_limits<double>::infinity();
  double per_network_per_hour = 0;  ///< 0: none
};

/// What the schedule has to know of a block.
struct ScheduledBlock {
  std::uint32_t block = 0;
  std::uint32_t network = 0;  ///< a number for the per-network limit, the same for all blocks of a network
  bool mine = false;          ///< only the daemon-wide limit holds
  std::uint32_t targets = 0;
  Duration round{};
  std::vector<std::uint32_t> prefixes;  ///< of each ordinal: its index among the prefix buckets; empty if `mine`
};

struct DueProbe {
  std::uint32_t block = 0;
  std::uint32_t ordinal = 0;
  Instant due{};
};

struct MissedProbes {
  std::uint32_t block = 0;
  std::uint64_t count = 0;
};

/// Probing thread only.
class Schedule {
 public:
  explicit Schedule(std::uint64_t seed) : seed_(seed) {}

  /// `origin[i]`: which bucket of before prefix i was, or kNew; what has been used up is kept.
  static constexpr std::uint32_t kNew = std::numeric_limits<std::uint32_t>::max();
  void set_limits(const ScheduleLimits& limits, const std::vector<std::uint32_t>& origin);
  /// Adds a block, or replaces it. With the same number of targets and the same round its course goes on; otherwise a
  /// new course begins where the running half of the old one ends. Without targets it is removed.
  /// Returns how many waiting probes that cost: they are missed.
  std::uint64_t put(ScheduledBlock block, Instant now);
  void remove(std::uint32_t block);

  /// Appends what is to be sent at `now`, at most `most`, and what was missed. Cost is per probe, not per block.
  void take(Instant now, std::size_t most, std::vector<DueProbe>& due, std::vector<MissedProbes>& missed);
  /// Whether every limit lets one more probe go to this target now, beside its rounds; if so it is counted against
  /// them. Of a network's hourly allowance `reserve` probes have to be left.
  bool admit(std::uint32_t block, std::uint32_t ordinal, double reserve, Instant now);
  /// Whether so much is left of its network's hourly allowance that `admit` may say yes with that reserve.
  bool has_left(std::uint32_t block, double reserve, Instant now);
  /// When `take` will have something next; nullopt without blocks.
  std::optional<Instant> next(Instant now);
  /// Rounds this block has completed.
  std::uint64_t rounds_ended(std::uint32_t block) const;

 private:
  struct alignas(64) Entry {
    Round round;
    ScheduledBlock block;
    Duration patience;       ///< min(1 s, half a round)
    std::uint64_t base = 0;  ///< rounds ended in courses before this one
  };
  struct HeapItem {
    Instant due{};
    std::uint32_t block = 0;
    bool operator>(const HeapItem& other) const { return due > other.due; }
  };
  struct Waiting {
    Instant retry{};
    DueProbe probe;
    bool operator>(const Waiting& other) const { return retry > other.retry; }
  };

  /// When the limits that hold for this probe let it go: `now` if they do.
  Instant allowed(const Entry& entry, std::uint32_t ordinal, Instant now);
  void spend(const Entry& entry, std::uint32_t ordinal, Instant now);
  void take_waiting(Instant now, std::size_t most, std::vector<DueProbe>& due, std::vector<MissedProbes>& missed);
  void rebuild_heap();
  /// In one pass down, where taking the front off and putting the item in would be one down and one up.
  void replace_front(const HeapItem& item);
  std::uint64_t forget_waiting(std::uint32_t block);

  std::uint64_t seed_;
  ScheduleLimits limits_;
  TokenBucket daemon_;
  std::vector<PrefixBucket> prefixes_;
  std::unordered_map<std::uint32_t, TokenBucket> networks_;  ///< touched per probe only under a per-network limit
  std::unordered_map<std::uint32_t, std::size_t> position_;  ///< block -> index in entries_, for changes only
  std::vector<Entry> entries_;
  bool heap_stale_ = false;
  std::vector<HeapItem> heap_;    ///< min-heap by due time; `block` is an index in entries_
  std::vector<Waiting> waiting_;  ///< min-heap by retry time: refused by a prefix or network limit
};

}  // namespace blipd
