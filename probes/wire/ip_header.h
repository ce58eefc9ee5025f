// IPv4 and IPv6 headers as far as probing needs them: of packets received and of packets quoted in ICMP errors.
//
//  IPv4 (RFC 791)                                     IPv6 (RFC 8200)
//   0                   1                              0
//  +----+----+---------+-------------------+          +----+---------+-----------------------+
//  | 4  | ihl|   TOS   |   total length    |          | 6  | class   |      flow label       |
//  +----+----+---------+---+---------------+          +----+---------+-----------+-----------+
//  |  identification   | f |fragment offset|          |   payload length         |next|hop l.|
//  +---------+---------+---+---------------+          +--------------------------+----+------+
//  |   TTL   |protocol |     checksum      |          |           source (16)               |
//  +---------+---------+-------------------+          +-------------------------------------+
//  |                source                 |          |         destination (16)            |
//  +---------------------------------------+          +-------------------------------------+
//  |              destination              |
//  +---------------------------------------+   ihl counts 4-byte words, options included
//
// Length fields are not believed: the kernel has trimmed what it delivers, quoting routers are known to rewrite them,
// and every probe is longer than what is read of its quote.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "probes/wire/bytes.h"

namespace blipd {

inline constexpr std::uint8_t kProtocolIcmp = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolIcmpV6 = 58;

/// Addresses are 16 bytes in both families, IPv4 in its mapped form, as `Address` holds them.
struct IpHeader {
  std::uint8_t protocol = 0;
  std::uint8_t hop_limit = 0;
  std::array<std::uint8_t, 16> source{};
  std::array<std::uint8_t, 16> destination{};
  Bytes payload;  ///< what is there behind the header, inside the bytes that were decoded
};

/// None if the header is incomplete or is not IPv4, or if this is not the first fragment.
std::optional<IpHeader> decode_ipv4(Bytes packet);

/// None if the header is incomplete or is not IPv6, or if this is not the first fragment. Of the extension headers only
/// the fragment header is walked: it is the only one a kernel puts into a probe by itself. Others leave their own
/// number in `protocol`.
std::optional<IpHeader> decode_ipv6(Bytes packet);

}  // namespace blipd
