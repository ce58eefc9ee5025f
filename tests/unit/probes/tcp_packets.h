// Hand-made answers to SYNs.
#pragma once

#include <array>

#include "probes/tcp_flows.h"
#include "probes/wire/ip_header.h"
#include "probes/wire/tcp_segment.h"
#include "tests/unit/wire/packets.h"

namespace blipd::test {

inline constexpr std::uint32_t kUs = 0xc0000201;
inline constexpr std::uint32_t kThem = 0xcb007107;
inline constexpr std::uint8_t kSynAckFlags = kTcpSyn | kTcpAck;
inline constexpr std::uint8_t kResetFlags = kTcpRst | kTcpAck;

inline Packet segment(std::uint16_t from, std::uint16_t to, std::uint32_t acknowledgment, std::uint8_t flags) {
  Packet bytes(kTcpHeaderSize);
  put_number(bytes, 0, from, 2);
  put_number(bytes, 2, to, 2);
  put_number(bytes, 4, 0x11223344, 4);
  put_number(bytes, 8, acknowledgment, 4);
  bytes[12] = 0x50;
  bytes[13] = flags;
  return bytes;
}

/// A SYN of ours as an error quotes it.
inline Packet quoted_syn(IpFamily family, const TcpSyn& syn) {
  std::array<std::uint8_t, kTcpSynSize> out;
  encode_tcp_syn(family, syn, 0, out);
  return {out.begin(), out.end()};
}

}  // namespace blipd::test
