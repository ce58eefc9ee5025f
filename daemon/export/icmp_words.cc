#include "daemon/export/icmp_words.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace blipd {

namespace {

struct Entry {
  std::uint8_t type;
  std::uint8_t code;
  std::string_view words;
};

constexpr std::array<Entry, 19> kIcmp{{
    {3, 0, "network unreachable"},
    {3, 1, "host unreachable"},
    {3, 2, "protocol unreachable"},
    {3, 3, "port unreachable"},
    {3, 4, "fragmentation needed"},
    {3, 5, "source route failed"},
    {3, 6, "network unknown"},
    {3, 7, "host unknown"},
    {3, 8, "source host isolated"},
    {3, 9, "network prohibited"},
    {3, 10, "host prohibited"},
    {3, 11, "network unreachable for type of service"},
    {3, 12, "host unreachable for type of service"},
    {3, 13, "communication prohibited"},
    {3, 14, "host precedence violation"},
    {3, 15, "precedence cutoff"},
    {4, 0, "source quench"},
    {11, 0, "time to live exceeded"},
    {11, 1, "fragment reassembly time exceeded"},
}};

constexpr std::array<Entry, 13> kIcmpv6{{
    {1, 0, "no route"},
    {1, 1, "communication prohibited"},
    {1, 2, "beyond scope of source address"},
    {1, 3, "address unreachable"},
    {1, 4, "port unreachable"},
    {1, 5, "source address failed policy"},
    {1, 6, "reject route"},
    {2, 0, "packet too big"},
    {3, 0, "hop limit exceeded"},
    {3, 1, "fragment reassembly time exceeded"},
    {4, 0, "erroneous header field"},
    {4, 1, "unrecognized next header"},
    {4, 2, "unrecognized IPv6 option"},
}};

}  // namespace

std::string describe_icmp_error(IcmpErrorCode error, bool v4) {
  const std::span<const Entry> entries = v4 ? std::span<const Entry>(kIcmp) : std::span<const Entry>(kIcmpv6);
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& e) { return e.type == error.type && e.code == error.code; });
  if (found != entries.end()) return std::string(found->words);
  return (v4 ? "ICMP type " : "ICMPv6 type ") + std::to_string(error.type) + " code " + std::to_string(error.code);
}

}  // namespace blipd
