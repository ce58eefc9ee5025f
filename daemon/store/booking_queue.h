// Flights that are to be booked, in groups.
//
// They come in the order they were sent, which goes from network to network. Booking touches a few dozen cache lines of
// the network and module, and one of the host; so all that belongs to one block is booked together, and its lines are
// fetched once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/store/flights.h"

namespace blipd {

/// Keeps the order inside a block. Allocates only while it grows.
class BookingQueue {
 public:
  /// `flight` outlives the next `take_all`. `timeout`: of its lane.
  void add(Flight& flight, Duration timeout) {
    const std::uint32_t block = flight.number.block;
    if (block >= newest_.size()) newest_.resize(block + 1, kNone);
    const auto entry = static_cast<std::uint32_t>(entries_.size());
    entries_.push_back({&flight, timeout, kNone});
    if (newest_[block] == kNone) {
      firsts_.push_back(entry);
    } else {
      entries_[newest_[block]].next = entry;
    }
    newest_[block] = entry;
  }

  /// Calls `visit(Flight&, timeout, next)` for each, block after block, and is empty then. `next` is the flight of the
  /// same block that comes `kAhead` later, or null. `approach(Flight&, blocks)` is called for the first flight of a
  /// block when it is so many blocks, 4 and then 2, until its turn.
  template <class Visit, class Approach>
  void take_all(Visit&& visit, Approach&& approach) {
    for (std::size_t turn = 0; turn < firsts_.size(); ++turn) {
      for (const std::size_t blocks : {std::size_t{4}, std::size_t{2}}) {
        if (turn + blocks < firsts_.size()) approach(*entries_[firsts_[turn + blocks]].flight, blocks);
      }
      const std::uint32_t first = firsts_[turn];
      std::uint32_t ahead = first;
      for (std::size_t i = 0; i < kAhead && ahead != kNone; ++i) ahead = entries_[ahead].next;
      for (std::uint32_t i = first; i != kNone; i = entries_[i].next) {
        visit(*entries_[i].flight, entries_[i].timeout, ahead == kNone ? nullptr : entries_[ahead].flight);
        if (ahead != kNone) ahead = entries_[ahead].next;
      }
      newest_[entries_[first].flight->number.block] = kNone;
    }
    firsts_.clear();
    entries_.clear();
  }

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  static constexpr std::size_t kAhead = 8;

  struct Entry {
    Flight* flight = nullptr;
    Duration timeout{};
    std::uint32_t next = kNone;  ///< of the same block
  };
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> firsts_;  ///< of each block, in the order they came
  std::vector<std::uint32_t> newest_;  ///< by block
};

}  // namespace blipd
