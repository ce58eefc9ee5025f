// Which of our IPv4 addresses the kernel would send from.
//
// The TCP checksum covers the source address. For IPv6 the kernel fills it in, for IPv4 a raw socket has no such
// option: the address has to be known before the packet is made, and the packet has to be tied to it
// (SendBatch::pin_source). The kernel is asked, by connecting a UDP socket, which sends nothing, and its word is kept
// for the destination's /24: for a minute while the kernel tells of no change of its routes, else for a second. Within
// that second a new route is not seen; and a route to a part of a /24 that has a source address of its own is seen for
// the whole of it. `vantage.source` settles both.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "probes/address.h"
#include "probes/clock.h"
#include "probes/fetch.h"
#include "probes/result.h"

namespace blipd {

/// An IPv4 address in host byte order, or the errno with which the kernel refuses the destination.
struct SourceAddress {
  std::uint32_t v4 = 0;
  int error = 0;
};

/// Used by one thread. Allocates nothing after its construction.
class SourceAddresses {
 public:
  using Ask = std::function<SourceAddress(const Address& to)>;
  /// Whether routes may have changed since the last call.
  using Changed = std::function<bool()>;
  /// At any rate, and while no routes change.
  static constexpr Duration kKept = std::chrono::seconds(1);
  static constexpr Duration kKeptUnchanged = std::chrono::minutes(1);
  /// How often changes are looked for.
  static constexpr Duration kLook = std::chrono::milliseconds(100);

  SourceAddresses(Ask ask, Changed changed) : ask_(std::move(ask)), changed_(std::move(changed)) {}
  /// Before the first `find` of that time.
  void look_for_changes(Instant now);
  /// Fetches what `find` will look at (probes/fetch.h).
  void fetch(const Address& to) const { blipd::fetch(&entries_[place_of(to.v4_value() >> 8U)]); }
  /// Of an IPv4 address. Refusals are not kept: they may be about that address alone.
  SourceAddress find(const Address& to, Instant now);

 private:
  /// Long ago, and far enough from the end of the numbers to count from.
  static constexpr Instant kNever = Instant(-std::chrono::hours(24));

  struct Entry {
    std::uint32_t network = 0;
    std::uint32_t source = 0;
    Instant asked = kNever;
  };
  /// Eight million hosts in whole /24s have one each, as far as two do not meet.
  static constexpr std::size_t kEntries = 32768;

  // Neighbouring networks get neighbouring entries; the upper part keeps 10.0.1.0/24 and 10.128.1.0/24 apart.
  static std::size_t place_of(std::uint32_t network) { return (network ^ network >> 15U) % kEntries; }
  bool is_good(const Entry& entry, Instant now) const;

  Ask ask_;
  Changed changed_;
  Instant looked_ = kNever;
  Instant calm_since_ = kNever;  ///< what was asked earlier is kept for kKept alone
  std::vector<Entry> entries_{kEntries};
};

/// Asks the kernel, bound to `interface` if that is not empty.
Result<SourceAddresses::Ask> kernel_source_addresses(const std::string& interface);

/// Of all routes of the kernel, and of what makes it choose among them.
SourceAddresses::Changed kernel_route_changes();

}  // namespace blipd
