// TCP segments (RFC 9293 section 3.1) as far as half-open probing needs them: the SYN we send, the header of what comes
// back, and the first 8 bytes that every ICMP error quotes.
//
//   0                              16
//  +-------------------------------+-------------------------------+
//  |          source port          |       destination port        |  \ what the shortest
//  +-------------------------------+-------------------------------+   | quote brings back
//  |                        sequence number                        |  /
//  +---------------------------------------------------------------+
//  |                     acknowledgment number                     |
//  +-------+-------+---------------+-------------------------------+
//  |offset |   0   | CWR ... FIN   |            window             |   offset counts 4-byte words
//  +-------+-------+---------------+-------------------------------+
//  |           checksum            |        urgent pointer         |
//  +-------------------------------+-------------------------------+
//  |  options of the SYN: MSS, SACK permitted, timestamps, NOP,    |
//  |  window scale (RFC 9293, 2018, 7323): 20 bytes, as Linux      |
//  +---------------------------------------------------------------+
//
// A SYN without an MSS, or with options in an order no system uses, is dropped by some firewalls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "probes/wire/bytes.h"
#include "probes/wire/icmp_echo.h"

namespace blipd {

inline constexpr std::size_t kTcpHeaderSize = 20;
inline constexpr std::size_t kTcpSynSize = kTcpHeaderSize + 20;
/// Where the checksum stands in a TCP header.
inline constexpr int kTcpChecksumOffset = 16;

inline constexpr std::uint8_t kTcpFin = 0x01;
inline constexpr std::uint8_t kTcpSyn = 0x02;
inline constexpr std::uint8_t kTcpRst = 0x04;
inline constexpr std::uint8_t kTcpAck = 0x10;

struct TcpSyn {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t timestamp = 0;  ///< TSval
};

/// The header of a segment, without its options and data.
struct TcpSegment {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgment = 0;
  std::uint8_t flags = 0;
  friend bool operator==(const TcpSegment&, const TcpSegment&) = default;
};

/// What the promised 8 bytes of a quote hold.
struct TcpQuote {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  friend bool operator==(const TcpQuote&, const TcpQuote&) = default;
};

/// The `checksum_sum` of the pseudo header of a SYN over IPv4; addresses in host byte order.
std::uint64_t tcp_syn_pseudo_sum(std::uint32_t source, std::uint32_t destination);

/// Writes a whole SYN. `pseudo_sum` is that of the pseudo header. For IPv6 the checksum is left zero: it covers the
/// source address, which the kernel chooses, so the kernel fills it in (RFC 3542 section 3.1).
void encode_tcp_syn(IpFamily family, const TcpSyn& syn, std::uint64_t pseudo_sum,
                    std::span<std::uint8_t, kTcpSynSize> out);

/// A segment from its source port on. None if its header is incomplete. The checksum is not looked at: on the way
/// between two virtual machines of one host it is often not filled in, and links have checks of their own.
std::optional<TcpSegment> decode_tcp_segment(Bytes segment);

/// The start of a quoted segment. None if there are fewer than 8 bytes.
std::optional<TcpQuote> decode_tcp_quote(Bytes quoted);

}  // namespace blipd
