// What is kept of a network and module besides its hosts, and the bytes it is kept as. All numbers are big-endian.
//
//   version(1), 2; then its windows, and of each what came right after a loss, both as
//     length of what follows(4) windows, as in saved_state.h
//   whether the newest probe was lost(1) rules of availability(1), then for each rule
//     loss in thousandths(2) length of its intervals in ns(8) begin of the one that goes on, us since 1970(8)
//     probes and replies in it(4 each) intervals that were judged(8), those of them that were unavailable(8)
//
// Version 1 was its windows alone, and is read as that.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/storage/saved_state.h"
#include "daemon/store/availability.h"

namespace blipd {

struct SavedAvailability {
  std::uint16_t loss = 0;  ///< of the rule, in thousandths
  Duration interval{};     ///< of the rule
  WallTime begin{};
  ReplyCount outcomes;
  AvailabilityCount count;
};

struct SavedModule {
  std::vector<SavedWindow> windows;
  std::vector<SavedWindow> after_loss;
  bool lost_before = false;
  std::vector<SavedAvailability> availability;
};

std::vector<std::uint8_t> encode_module(const SavedModule& module);
/// Any bytes. Nullopt if they are none of ours, cut short, or of a newer version.
std::optional<SavedModule> decode_module(Bytes bytes);

/// Of a rule of ours, in thousandths.
std::uint16_t saved_loss(const AvailabilityRule& rule);

}  // namespace blipd
