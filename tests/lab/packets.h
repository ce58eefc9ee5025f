// The lab's own reading and writing of echo packets and ICMP errors (RFC 792, RFC 4443), with IP headers. Shares no
// code with blipd. Pure.
#pragma once

#include <cstdint>
#include <span>

#include "tests/lab/ip_packet.h"

namespace blipd::lab {

/// The echo reply to `request`: same identifier, sequence number and payload, from `from` (a host that answers for
/// another is a stray), hop limit 60.
Bytes echo_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from);
/// The same with another hop limit, written to `out`, which has room for the request. Returns its size.
std::size_t write_echo_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from,
                             std::uint8_t hop_limit, std::span<std::uint8_t> out);

/// Bytes 12 to 19 of an echo payload, where blipd's signature stands.
inline constexpr std::size_t kForgedFirst = 12;
inline constexpr std::size_t kForgedLast = 19;
/// The echo reply with those payload bytes inverted (the last payload byte if the payload is shorter) and a right
/// checksum.
Bytes forged_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed);

/// An ICMP error of the packet's family about `packet`, an echo request or a TCP segment. Quotes the IP header and
/// `quote` bytes behind it, as far as there are and as a router may (RFC 1812: 576 octets in all; RFC 4443: 1280).
Bytes icmp_error(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const Ip& from, std::uint8_t type,
                 std::uint8_t code, std::size_t quote);
/// The longest error, in octets (RFC 4443).
inline constexpr std::size_t kLargestError = 1280;
/// What an ICMP error says, and who says it.
struct ErrorText {
  Ip from;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::size_t quote = kLargestError;  ///< bytes quoted behind the IP header, as far as there are and as may be
  std::uint8_t hop_limit = kHopLimit;
};
/// The same written to `out`, which has room for `kLargestError`. Returns its size.
std::size_t write_icmp_error(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const ErrorText& error,
                             std::span<std::uint8_t> out);

}  // namespace blipd::lab
