// ICMP and ICMPv6 echo messages (RFC 792, RFC 4443 section 4) as blipd sends them.
//
//   0               1               2               3
//  +---------------+---------------+-------------------------------+
//  |     type      |   code = 0    |           checksum            |   request 8, reply 0; ICMPv6: 128, 129
//  +---------------+---------------+-------------------------------+
//  |          identifier           |           sequence            |
//  +-------------------------------+-------------------------------+  <- payload, offset 0
//  |                             block                             |  \ .
//  |                             place                             |   |
//  |                             slot                              |   | the tag: 20 bytes that come back
//  |                                                               |   |
//  |                              MAC                              |  /
//  +---------------+-----------------------------------------------+  <- payload, offset 20: the tail
//  |       0       |  contact, then 0, then zeros to payload_size  |
//  +---------------+-----------------------------------------------+
//
// The contact stands behind a zero byte because it is not at the start of the payload (RFC 9511 section 4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "probes/wire/bytes.h"

namespace blipd {

enum class IpFamily : std::uint8_t { v4, v6 };

inline constexpr std::size_t kEchoHeaderSize = 8;
inline constexpr std::size_t kEchoTagSize = 20;
/// What differs from probe to probe: header and tag.
inline constexpr std::size_t kEchoHeadSize = kEchoHeaderSize + kEchoTagSize;

struct EchoTag {
  std::uint32_t block = 0;
  std::uint32_t place = 0;
  std::uint32_t slot = 0;
  std::uint64_t mac = 0;
  friend bool operator==(const EchoTag&, const EchoTag&) = default;
};

struct Echo {
  std::uint16_t identifier = 0;
  std::uint16_t sequence = 0;
  std::optional<EchoTag> tag;  ///< absent if the message holds fewer than 20 payload bytes
  friend bool operator==(const Echo&, const Echo&) = default;
};

/// Writes the head of an echo request. `tail_sum` is the `checksum_sum` of the tail that will follow. The checksum of
/// ICMPv6 is left zero: it covers addresses that the kernel chooses, so the kernel fills it in (RFC 3542 section 3.1).
void encode_echo_request(IpFamily family, std::uint16_t identifier, std::uint16_t sequence, const EchoTag& tag,
                         std::uint64_t tail_sum, std::span<std::uint8_t, kEchoHeadSize> out);

/// An echo request or reply from its type byte on, whole or cut short behind the sequence. None if it is shorter, of
/// the other type, or has a code. The checksum is not looked at: what matters is under the MAC.
std::optional<Echo> decode_echo_request(IpFamily family, Bytes message);
std::optional<Echo> decode_echo_reply(IpFamily family, Bytes message);

}  // namespace blipd
