// Which of our IPv4 addresses the kernel would send from.
//
// The TCP checksum covers the source address. For IPv6 the kernel fills it in, for IPv4 a raw socket has no such
// option: the address has to be known before the packet is made, and the packet has to be tied to it
// (SendBatch::pin_source). The kernel is asked, by connecting a UDP socket, which sends nothing, and its word is kept
// for a second for the destination's /24. Within that second a new route is not seen; and a route to a part of a /24
// that has a source address of its own is seen for the whole of it. `vantage.source` settles both.
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
  static constexpr Duration kKept = std::chrono::seconds(1);

  explicit SourceAddresses(Ask ask) : ask_(std::move(ask)) {}
  /// Of an IPv4 address. Refusals are not kept: they may be about that address alone.
  SourceAddress find(const Address& to, Instant now);

 private:
  struct Entry {
    std::uint32_t network = 0;
    std::uint32_t source = 0;
    Instant until = Instant::min();
  };
  /// Eight million hosts in whole /24s have one each, as far as two do not meet.
  static constexpr std::size_t kEntries = 32768;

  Ask ask_;
  std::vector<Entry> entries_{kEntries};
};

/// Asks the kernel, bound to `interface` if that is not empty.
Result<SourceAddresses::Ask> kernel_source_addresses(const std::string& interface);

}  // namespace blipd
