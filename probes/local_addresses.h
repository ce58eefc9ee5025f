// Which addresses are our own and which networks we are attached to. An ICMP error from an address of ours is made by
// our own kernel and says nothing about the network probed.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "probes/address.h"
#include "probes/result.h"

namespace blipd {

/// One address of one interface.
struct InterfaceAddress {
  Address address;
  unsigned prefix_length = 0;
  bool loopback = false;
  bool point_to_point = false;
};

/// A picture of the interfaces at one moment; take another when interfaces may have changed. Immutable.
class LocalAddresses {
 public:
  /// Asks the kernel.
  static Result<LocalAddresses> read();
  LocalAddresses() = default;
  explicit LocalAddresses(const std::vector<InterfaceAddress>& interfaces);

  /// True for every address of an interface, and for all of an IPv4 prefix on a loopback interface (127.0.0.0/8):
  /// Linux delivers those to itself.
  bool is_own(const Address& address) const;
  /// True if an interface prefix that is no host route covers `address`, and the interface is neither loopback nor
  /// point-to-point: the address is then reached without a router.
  bool on_link(const Address& address) const;

 private:
  std::set<Address> own_;
  std::vector<Prefix> own_prefixes_;
  std::vector<Prefix> links_;
};

}  // namespace blipd
