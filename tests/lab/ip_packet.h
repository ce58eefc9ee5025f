// IP packets as a TUN device carries them: which of them the lab can answer, and headers for what it sends (RFC 791,
// RFC 8200). Shares no code with blipd. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/lab/ip.h"

namespace blipd::lab {

using Bytes = std::vector<std::uint8_t>;

enum class PacketKind {
  echo_request,  ///< whole, with a right checksum
  tcp,           ///< a segment that is whole, with a right checksum
  bad_checksum,  ///< an echo request or a TCP segment whose checksum is wrong
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

/// What stands behind an IP header: its protocol number, and where in it the checksum goes.
struct Transport {
  std::uint8_t protocol = 0;
  std::size_t checksum_at = 0;
  bool pseudo_header = false;  ///< whether the checksum covers the addresses
};
inline constexpr Transport kIcmp{1, 2, false};
inline constexpr Transport kIcmp6{58, 2, true};
inline constexpr Transport kTcp{6, 16, true};

inline constexpr std::uint8_t kHopLimit = 60;

/// `payload` behind an IP header, its checksum, whose field is zero, filled in.
Bytes wrap(const Transport& transport, const Ip& from, const Ip& to, std::span<const std::uint8_t> payload);
/// The same in place: the payload stands in `packet` already, behind room for the IP header of the addresses' family.
void wrap_in_place(const Transport& transport, const Ip& from, const Ip& to, std::uint8_t hop_limit,
                   std::span<std::uint8_t> packet);

/// RFC 1071 over `bytes`, starting from `sum`.
std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes, std::uint32_t sum = 0);

/// Octets of the largest packet.
inline constexpr std::size_t kMtu = 1500;
inline constexpr std::size_t kHeader4 = 20;
inline constexpr std::size_t kHeader6 = 40;
/// Of the IP header of a packet to or from `address`.
inline std::size_t header_size_of(const Ip& address) { return address.v6 ? kHeader6 : kHeader4; }

/// In network byte order; the caller has looked that the bytes are there.
inline std::uint16_t read_u16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
inline std::uint32_t read_u32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint32_t>(read_u16(bytes, at)) << 16 | read_u16(bytes, at + 2);
}
inline void put_u16(std::span<std::uint8_t> bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}
inline void put_u32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
  put_u16(bytes, at, value >> 16);
  put_u16(bytes, at + 2, value & 0xffffU);
}

}  // namespace blipd::lab
