#include "daemon/config/address_set.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace blipd {
namespace {

struct Unprobeable {
  std::string_view prefix;
  std::string_view why;
};

constexpr std::array<Unprobeable, 5> kUnprobeable{{{"0.0.0.0/32", "the unspecified address"},
                                                   {"255.255.255.255/32", "the broadcast address"},
                                                   {"224.0.0.0/4", "a multicast address"},
                                                   {"::/128", "the unspecified address"},
                                                   {"ff00::/8", "a multicast address"}}};

}  // namespace

Address last_address(const Prefix& prefix) {
  std::array<std::uint8_t, 16> bytes = prefix.first().bytes();
  unsigned bits = prefix.host_bits();
  for (std::size_t i = bytes.size(); bits > 0 && i-- > 0;) {
    const unsigned here = std::min(bits, 8U);
    bytes[i] = static_cast<std::uint8_t>(bytes[i] | ((1U << here) - 1U));
    bits -= here;
  }
  return Address(bytes);
}

std::uint64_t count_addresses(const Prefix& prefix) {
  return prefix.host_bits() < 64 ? std::uint64_t{1} << prefix.host_bits() : std::numeric_limits<std::uint64_t>::max();
}

std::vector<AddressRange> to_ranges(const HostList& list) {
  std::vector<AddressRange> ranges;
  ranges.reserve(list.addresses.size() + list.prefixes.size());
  for (const Address& address : list.addresses) ranges.push_back({address, address});
  for (const Prefix& prefix : list.prefixes) ranges.push_back({prefix.first(), last_address(prefix)});
  return merged(std::move(ranges));
}

std::vector<AddressRange> merged(std::vector<AddressRange> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const AddressRange& a, const AddressRange& b) { return a.first < b.first; });
  std::vector<AddressRange> apart;
  for (const AddressRange& range : ranges) {
    if (apart.empty() || apart.back().last < range.first) {
      apart.push_back(range);
    } else {
      apart.back().last = std::max(apart.back().last, range.last);
    }
  }
  return apart;
}

std::vector<Address> expand(HostList list) {
  std::vector<Address> addresses = std::move(list.addresses);
  std::size_t total = addresses.size();
  for (const Prefix& prefix : list.prefixes) total += count_addresses(prefix);
  addresses.reserve(total);
  for (const Prefix& prefix : list.prefixes) {
    const std::uint64_t count = count_addresses(prefix);
    for (std::uint64_t i = 0; i < count; ++i) addresses.push_back(prefix.first().plus(i));
  }
  // Lists are often sorted already, and one prefix always is.
  if (!std::is_sorted(addresses.begin(), addresses.end())) std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

void remove_ranges(std::vector<Address>& addresses, const std::vector<AddressRange>& ranges) {
  if (ranges.empty()) return;
  auto range = ranges.begin();
  const auto excluded = [&range, &ranges](const Address& address) {
    while (range != ranges.end() && range->last < address) ++range;
    return range != ranges.end() && range->first <= address;
  };
  // A loop of its own, because the algorithms may copy a predicate that remembers where it is.
  auto kept = addresses.begin();
  for (const Address& address : addresses) {
    if (!excluded(address)) *kept++ = address;
  }
  addresses.erase(kept, addresses.end());
}

bool contains(const std::vector<AddressRange>& ranges, const Address& address) {
  const auto above =
      std::upper_bound(ranges.begin(), ranges.end(), address,
                       [](const Address& value, const AddressRange& range) { return value < range.first; });
  return above != ranges.begin() && !(std::prev(above)->last < address);
}

std::string find_unprobeable(const std::vector<Address>& addresses) {
  for (const Unprobeable& entry : kUnprobeable) {
    const std::optional<Prefix> prefix = Prefix::parse(entry.prefix);
    if (!prefix) continue;
    const auto found = std::lower_bound(addresses.begin(), addresses.end(), prefix->first());
    if (found != addresses.end() && prefix->contains(*found)) {
      return found->to_string() + " is " + std::string(entry.why);
    }
  }
  return {};
}

}  // namespace blipd
