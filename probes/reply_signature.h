// The proof that an answer answers us: a keyed 64-bit hash over what a probe carries (SipHash-2-4). Whoever has not
// seen the probe cannot make one up, and what comes back can be believed without a table of what was sent.
#pragma once

#include <array>
#include <cstdint>

#include "probes/prober.h"
#include "probes/wire/bytes.h"

namespace blipd {

class ReplySignature {
 public:
  using Key = std::array<std::uint8_t, 16>;
  /// A key of this process's own, from the system's random source.
  static ReplySignature with_random_key();
  explicit ReplySignature(const Key& key) : key_(key) {}

  /// The hash of any text.
  std::uint64_t hash(Bytes text) const;
  std::uint64_t sign(TargetNumber number, FlightSlot slot, std::uint16_t identifier) const;

 private:
  Key key_;
};

/// The ICMP sequence number of a probe: what of its signature even the shortest quote brings back.
constexpr std::uint16_t sequence_of(std::uint64_t mac) { return static_cast<std::uint16_t>(mac & 0xffff); }

}  // namespace blipd
