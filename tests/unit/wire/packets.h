// Hand-made packets for tests.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "probes/wire/bytes.h"
#include "probes/wire/icmp_echo.h"

namespace blipd::test {

using Packet = std::vector<std::uint8_t>;

/// Bytes from hexadecimal text; everything that is no digit is skipped.
inline Packet from_hex(std::string_view text) {
  Packet bytes;
  int digits = 0;
  unsigned value = 0;
  for (const char c : text) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else {
      continue;
    }
    value = value << 4 | digit;
    if (++digits % 2 == 0) bytes.push_back(static_cast<std::uint8_t>(value & 0xff));
  }
  return bytes;
}

inline Packet joined(std::initializer_list<Packet> parts) {
  Packet all;
  for (const Packet& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// An IPv4 header of 20 bytes and `options`, whose length is a multiple of 4.
inline Packet ipv4_header(std::uint8_t protocol, std::uint32_t source, std::uint32_t destination,
                          const Packet& options = {}, std::uint8_t ttl = 61, std::uint16_t fragment = 0) {
  Packet header(20);
  header[0] = static_cast<std::uint8_t>(0x45 + options.size() / 4);
  put_number(header, 6, fragment, 2);
  header[8] = ttl;
  header[9] = protocol;
  put_number(header, 12, source, 4);
  put_number(header, 16, destination, 4);
  return joined({header, options});
}

/// An IPv6 header from 2001:db8::1 to 2001:db8::2.
inline Packet ipv6_header(std::uint8_t next) {
  Packet header = from_hex("60000000 0040 00 3e 20010db8000000000000000000000001 20010db8000000000000000000000002");
  header[6] = next;
  return header;
}

inline Packet fragment_header(std::uint8_t next, std::uint16_t offset_and_flags) {
  Packet header(8);
  header[0] = next;
  put_number(header, 2, offset_and_flags, 2);
  return header;
}

/// The first 8 bytes of an ICMP or ICMPv6 error.
inline Packet icmp_error_header(std::uint8_t type, std::uint8_t code) { return {type, code, 0, 0, 0, 0, 0, 0}; }

inline Packet echo_request(IpFamily family, std::uint16_t identifier, std::uint16_t sequence, const EchoTag& tag) {
  std::array<std::uint8_t, kEchoHeadSize> head{};
  encode_echo_request(family, identifier, sequence, tag, 0, head);
  Packet packet(head.begin(), head.end());
  packet.resize(kEchoHeaderSize + 56);
  return packet;
}

inline Packet echo_reply(IpFamily family, std::uint16_t identifier, std::uint16_t sequence, const EchoTag& tag) {
  Packet packet = echo_request(family, identifier, sequence, tag);
  packet[0] = family == IpFamily::v4 ? 0 : 129;
  return packet;
}

inline Packet cut(Packet packet, std::size_t length) {
  packet.resize(length);
  return packet;
}

}  // namespace blipd::test
