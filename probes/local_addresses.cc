#include "probes/local_addresses.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "probes/socket_address.h"

namespace blipd {
namespace {

/// A netmask is an address whose leading ones are counted; IPv4 masks arrive in mapped form.
unsigned length_of_mask(const Address& mask) {
  if (mask.is_v4()) return static_cast<unsigned>(std::countl_one(mask.v4_value()));
  unsigned length = 0;
  for (const std::uint8_t byte : mask.bytes()) {
    length += static_cast<unsigned>(std::countl_one(byte));
    if (byte != 0xff) break;
  }
  return length;
}

bool covers(const std::vector<Prefix>& prefixes, const Address& address) {
  return std::any_of(prefixes.begin(), prefixes.end(), [&](const Prefix& prefix) { return prefix.contains(address); });
}

}  // namespace

Result<LocalAddresses> LocalAddresses::read() {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return Error{"cannot list the interfaces: " + describe_errno(errno)};
  std::vector<InterfaceAddress> interfaces;
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    if (entry->ifa_addr == nullptr || entry->ifa_netmask == nullptr) continue;
    if (entry->ifa_addr->sa_family != AF_INET && entry->ifa_addr->sa_family != AF_INET6) continue;
    InterfaceAddress one;
    one.address = from_socket_address(entry->ifa_addr);
    one.prefix_length = length_of_mask(from_socket_address(entry->ifa_netmask));
    one.loopback = (entry->ifa_flags & IFF_LOOPBACK) != 0;
    one.point_to_point = (entry->ifa_flags & IFF_POINTOPOINT) != 0;
    interfaces.push_back(one);
  }
  ::freeifaddrs(list);
  return LocalAddresses(interfaces);
}

LocalAddresses::LocalAddresses(const std::vector<InterfaceAddress>& interfaces) {
  for (const InterfaceAddress& one : interfaces) {
    own_.insert(one.address);
    const Prefix prefix = Prefix::around(one.address, one.prefix_length);
    if (one.loopback && one.address.is_v4()) own_prefixes_.push_back(prefix);
    if (!one.loopback && !one.point_to_point && prefix.host_bits() > 0) links_.push_back(prefix);
  }
}

bool LocalAddresses::is_own(const Address& address) const {
  return own_.contains(address) || covers(own_prefixes_, address);
}

bool LocalAddresses::on_link(const Address& address) const { return covers(links_, address); }

}  // namespace blipd
