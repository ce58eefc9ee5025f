// Sets of addresses as sorted vectors and as ranges: what networks are expanded to and excludes are taken from. All in
// one or two passes over sorted data, for a million hosts and as many excludes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "probes/address.h"

namespace blipd {

/// All addresses from `first` to `last`, both included.
struct AddressRange {
  Address first;
  Address last;
};

/// What a list of hosts or of excludes holds, in the order written.
struct HostList {
  std::vector<Address> addresses;
  std::vector<Prefix> prefixes;
  bool takes_names = false;        ///< of excludes none are taken: what they stand for changes
  std::vector<std::string> names;  ///< host names, canonical
};

/// The highest address of a prefix.
Address last_address(const Prefix& prefix);

/// 2^host_bits, or the highest number if it is more than 64 bits hold.
std::uint64_t count_addresses(const Prefix& prefix);

/// The list's addresses and prefixes, sorted, without overlap.
std::vector<AddressRange> to_ranges(const HostList& list);

/// The same addresses, sorted, without overlap.
std::vector<AddressRange> merged(std::vector<AddressRange> ranges);

/// Every address of the list, sorted and unique. The prefixes must hold few enough addresses to be held in memory.
std::vector<Address> expand(HostList list);

/// Takes out of the sorted `addresses` what lies in one of the sorted `ranges`.
void remove_ranges(std::vector<Address>& addresses, const std::vector<AddressRange>& ranges);

bool contains(const std::vector<AddressRange>& ranges, const Address& address);

/// The first of the sorted `addresses` that is no host's: unspecified, multicast or limited broadcast. The text says
/// which ("224.0.0.1 is a multicast address"); empty if there is none.
std::string find_unprobeable(const std::vector<Address>& addresses);

}  // namespace blipd
