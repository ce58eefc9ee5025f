// ICMP and ICMPv6 errors and the packet they quote (RFC 792, RFC 1812 section 4.3.2.3, RFC 4443 section 3).
//
//  +--------+--------+----------------+
//  |  type  |  code  |    checksum    |
//  +--------+--------+----------------+
//  |  unused, MTU, pointer, length    |
//  +----------------------------------+
//  |  IP header of the quoted packet  |   any header length; IPv6: see decode_ipv6
//  +----------------------------------+
//  |  its first bytes: 8 are promised |   transport
//  |  for IPv4, more are usual        |
//  +----------------------------------+
#pragma once

#include <cstdint>
#include <optional>

#include "probes/wire/ip_header.h"

namespace blipd {

struct QuotedPacket {
  std::uint8_t type = 0;  ///< of the error
  std::uint8_t code = 0;
  IpHeader packet;  ///< the quoted packet; its payload is what the error quotes of the transport header and data
};

/// The types that end in `QuotedPacket`. IPv4: destination unreachable 3, source quench 4, time exceeded 11, parameter
/// problem 12. IPv6: destination unreachable 1, packet too big 2, time exceeded 3, parameter problem 4. A redirect says
/// that the packet was forwarded and is no error.
bool is_icmpv4_error(std::uint8_t type);
bool is_icmpv6_error(std::uint8_t type);

/// An error from its type byte on. None if it is none of the types above or its quote is not a readable first fragment.
std::optional<QuotedPacket> decode_icmpv4_error(Bytes message);
std::optional<QuotedPacket> decode_icmpv6_error(Bytes message);

}  // namespace blipd
