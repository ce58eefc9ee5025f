// Which ICMP identifier a host's probes carry.
//
// Middleboxes keep state per identifier. A new one for every probe makes a conntrack and NAT entry each; one that never
// changes is black-holed for ever by a firewall that once got it wrong. So a process has 16 identifiers in a row, a
// host keeps one for ten minutes and then moves to the next, and hosts move at different moments. The identifier
// follows from the host's number and the time, so nothing is stored.
#pragma once

#include <cstdint>

#include "probes/prober.h"

namespace blipd {

class IcmpIdentifiers {
 public:
  /// Sixteen at random, never from 0, and not those that another call in this process was given (of the last 4094): an
  /// answer to one socket would be a forged one to the other.
  static IcmpIdentifiers random();
  /// `base` to `base` + 15; the low four bits of `base` are ignored.
  explicit IcmpIdentifiers(std::uint16_t base) : base_(static_cast<std::uint16_t>(base & 0xfff0)) {}

  /// A moment, counted in turns of ten minutes as fixed point with 32 binary places. Made once per batch.
  struct Turns {
    std::uint64_t value = 0;
  };
  static Turns turns_at(Instant now);

  std::uint16_t at(TargetNumber number, Turns turns) const;
  bool owns(std::uint16_t identifier) const { return (identifier & 0xfff0) == base_; }
  std::uint16_t base() const { return base_; }

 private:
  std::uint16_t base_;
};

}  // namespace blipd
