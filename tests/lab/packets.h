// The lab's own reading and writing of echo packets (RFC 792, RFC 4443), with IP headers, as a TUN device carries them.
// Shares no code with blipd. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tests/lab/ip.h"

namespace blipd::lab {

using Bytes = std::vector<std::uint8_t>;

enum class PacketKind {
  echo_request,  ///< whole, with a right checksum
  bad_checksum,  ///< an echo request whose ICMP checksum is wrong
  other,         ///< anything else: other protocols, fragments, extension headers, cut packets
};

struct ParsedPacket {
  PacketKind kind = PacketKind::other;
  Ip source;
  Ip destination;
  std::size_t header_size = 0;  ///< of the IP header
  std::size_t size = 0;         ///< of the packet by its own header
};

ParsedPacket parse_packet(std::span<const std::uint8_t> packet);

/// The echo reply to `request`: same identifier, sequence number and payload, from `from` (a host that answers for
/// another is a stray), hop limit 60.
Bytes echo_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from);

/// Bytes 12 to 19 of an echo payload, where blipd's signature stands.
inline constexpr std::size_t kForgedFirst = 12;
inline constexpr std::size_t kForgedLast = 19;
/// The echo reply with those payload bytes inverted (the last payload byte if the payload is shorter) and a right
/// checksum.
Bytes forged_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed);

/// An ICMP error of the request's family about `request`. Quotes the IP header and `quote` bytes behind it, as far as
/// there are and as a router may (RFC 1812: 576 octets in all; RFC 4443: 1280).
Bytes icmp_error(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from, std::uint8_t type,
                 std::uint8_t code, std::size_t quote);

/// RFC 1071 over `bytes`, starting from `sum`.
std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes, std::uint32_t sum = 0);

}  // namespace blipd::lab
