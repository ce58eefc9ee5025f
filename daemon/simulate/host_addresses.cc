#include "daemon/simulate/host_addresses.h"

#include <algorithm>
#include <cstdint>

namespace blipd {
namespace {

Address moved(Address address, std::uint64_t span, std::size_t index) {
  // Spans are below 2^63, so the product may not fit into 64 bits; networks with such spans are few.
  if (index != 0 && span > ~std::uint64_t{0} / index) {
    for (std::size_t i = 0; i < index; ++i) address = address.plus(span);
    return address;
  }
  return address.plus(span * index);
}

}  // namespace

std::vector<Prefix> prefixes_of(const NetworkSpec& network, std::size_t index) {
  if (index == 0) return network.prefixes;
  std::vector<Prefix> prefixes;
  const std::uint64_t span = network.span();
  for (const Prefix& prefix : network.prefixes) {
    prefixes.push_back(Prefix::around(moved(prefix.first(), span, index), prefix.length()));
  }
  return prefixes;
}

std::vector<Address> host_addresses(const NetworkSpec& network, std::size_t index) {
  const std::vector<Prefix> prefixes = prefixes_of(network, index);
  const std::uint64_t span = index == 0 ? 0 : network.span();
  std::vector<Address> named;
  for (const HostGroup& group : network.groups) {
    for (const Address& address : group.addresses) named.push_back(moved(address, span, index));
  }
  std::sort(named.begin(), named.end());

  std::vector<std::uint64_t> next;
  for (const Prefix& prefix : prefixes) next.push_back(prefix.host_bits() == 0 ? 0 : 1);
  std::size_t turn = 0;
  std::vector<Address> addresses;
  for (const HostGroup& group : network.groups) {
    for (const Address& address : group.addresses) addresses.push_back(moved(address, span, index));
    for (std::size_t i = 0; group.addresses.empty() && i < group.count; ++i) {
      const std::size_t prefix = turn++ % prefixes.size();
      Address address;
      do {
        address = prefixes[prefix].first().plus(next[prefix]++);
      } while (std::binary_search(named.begin(), named.end(), address));
      addresses.push_back(address);
    }
  }
  return addresses;
}

}  // namespace blipd
