// Availability as operators report it: the share of intervals in which at most a given share of the packets was lost.
//
// ITU-T Y.1540 (IP packet transfer and availability performance parameters) calls an interval unavailable when its loss
// ratio is above c1: 0.75 over five minutes in its older editions, 0.20 over one minute since 2016. A line with a
// steady loss of 30 % is available by the first and unavailable by the second, so both are kept.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "daemon/store/window.h"
#include "probes/clock.h"

namespace blipd {

/// A loss ratio and the length of the intervals over which it is asked for.
struct AvailabilityRule {
  double loss = 0;  ///< more than this is unavailable
  Duration interval{};
  std::string_view label;  ///< how the loss is written
};
inline constexpr std::array<AvailabilityRule, 2> kAvailabilityRules{
    {{0.20, std::chrono::minutes(1), "0.20"}, {0.75, std::chrono::minutes(5), "0.75"}}};

/// Intervals that were judged.
struct AvailabilityCount {
  std::uint64_t intervals = 0;
  std::uint64_t unavailable = 0;
};
/// By kAvailabilityRules.
using AvailabilityCounts = std::array<AvailabilityCount, kAvailabilityRules.size()>;

/// What there is of one rule.
struct AvailabilityContents {
  AvailabilityCount count;
  Instant begin{};      ///< of the interval that goes on
  ReplyCount outcomes;  ///< in it
};

/// Of one network and module. Probing thread only. Fixed size, no allocation.
class Availability {
 public:
  /// An interval with fewer outcomes proves nothing and is not judged.
  static constexpr std::uint64_t kLeastProbes = 5;

  /// A final outcome, in send order. The intervals begin at whole multiples of their length on the steady clock; one is
  /// judged with the first outcome that lies after it.
  void add(Instant sent, bool reply);
  const AvailabilityCounts& counts() const { return counts_; }
  /// By kAvailabilityRules.
  std::array<AvailabilityContents, kAvailabilityRules.size()> contents() const;
  /// Takes over what another run had counted by that rule, of before a boot too. Where the intervals of then and now do
  /// not begin together, the one that went on goes on in that in which its middle lies.
  void restore(std::size_t rule, const AvailabilityContents& contents, Instant now);

 private:
  struct Interval {
    std::int64_t number = 0;
    ReplyCount outcomes;
  };

  std::array<Interval, kAvailabilityRules.size()> current_{};
  AvailabilityCounts counts_{};
};

}  // namespace blipd
