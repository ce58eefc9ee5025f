// TCP segments for the tests of the lab, written down and read by hand rather than by the code under test.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/lab/ip_packet.h"

namespace blipd::lab {

struct SegmentText {
  std::string from = "198.51.100.9";
  std::string to = "198.18.1.1";
  std::uint16_t from_port = 20000;
  std::uint16_t to_port = 80;
  std::uint32_t sequence = 1000;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0x02;
  Bytes options{};
  std::string payload{};
};

/// What Linux puts into a SYN: MSS 1460, SACK permitted, time stamps (TSval 0x01020304), window scale 7.
inline Bytes linux_options() { return {2, 4, 5, 0xb4, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 7}; }

inline void append_number(Bytes& bytes, std::uint64_t value, int size) {
  for (int i = size - 1; i >= 0; --i) bytes.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

/// The ones' complement sum of a TCP segment and its pseudo-header: 0xffff if its checksum is right.
inline std::uint32_t tcp_sum(const Ip& from, const Ip& to, const Bytes& tcp) {
  Bytes all(from.bytes.begin(), from.bytes.begin() + static_cast<std::ptrdiff_t>(from.size()));
  all.insert(all.end(), to.bytes.begin(), to.bytes.begin() + static_cast<std::ptrdiff_t>(to.size()));
  append_number(all, 6, 2);
  append_number(all, tcp.size(), 2);
  all.insert(all.end(), tcp.begin(), tcp.end());
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < all.size(); ++i) sum += i % 2 == 0 ? all[i] * 256U : all[i];
  while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16);
  return sum;
}

inline Bytes segment_of(const SegmentText& text) {
  const Ip from = *Ip::parse(text.from);
  const Ip to = *Ip::parse(text.to);
  Bytes tcp;
  append_number(tcp, text.from_port, 2);
  append_number(tcp, text.to_port, 2);
  append_number(tcp, text.sequence, 4);
  append_number(tcp, text.acknowledgement, 4);
  tcp.push_back(static_cast<std::uint8_t>((20 + text.options.size()) / 4 * 16));
  tcp.push_back(text.flags);
  append_number(tcp, 64240, 2);
  append_number(tcp, 0, 4);
  tcp.insert(tcp.end(), text.options.begin(), text.options.end());
  tcp.insert(tcp.end(), text.payload.begin(), text.payload.end());
  const std::uint32_t sum = ~tcp_sum(from, to, tcp);
  tcp[16] = static_cast<std::uint8_t>(sum >> 8);
  tcp[17] = static_cast<std::uint8_t>(sum);
  Bytes packet;
  if (from.v6) {
    packet = {0x60, 0, 0, 0};
    append_number(packet, tcp.size(), 2);
    packet.insert(packet.end(), {6, 64});
  } else {
    packet = {0x45, 0};
    append_number(packet, tcp.size() + 20, 2);
    packet.insert(packet.end(), {0, 0, 0, 0, 64, 6, 0, 0});
  }
  packet.insert(packet.end(), from.bytes.begin(), from.bytes.begin() + static_cast<std::ptrdiff_t>(from.size()));
  packet.insert(packet.end(), to.bytes.begin(), to.bytes.begin() + static_cast<std::ptrdiff_t>(to.size()));
  packet.insert(packet.end(), tcp.begin(), tcp.end());
  return packet;
}

/// A segment that the lab made.
struct SeenSegment {
  bool checksum_right = false;
  std::uint32_t from_port = 0;
  std::uint32_t to_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;
  Bytes options;
  std::string payload;
};

inline SeenSegment read_segment(const Bytes& packet) {
  const bool v6 = packet.at(0) >> 4 == 6;
  Ip from;
  Ip to;
  from.v6 = to.v6 = v6;
  std::copy_n(packet.begin() + (v6 ? 8 : 12), from.size(), from.bytes.begin());
  std::copy_n(packet.begin() + (v6 ? 24 : 16), to.size(), to.bytes.begin());
  const Bytes tcp(packet.begin() + (v6 ? 40 : 20), packet.end());
  const auto number = [&tcp](std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + size; ++i) value = value << 8 | tcp.at(i);
    return value;
  };
  SeenSegment seen;
  seen.checksum_right = tcp_sum(from, to, tcp) == 0xffffU && packet.at(v6 ? 6 : 9) == 6;
  seen.from_port = number(0, 2);
  seen.to_port = number(2, 2);
  seen.sequence = number(4, 4);
  seen.acknowledgement = number(8, 4);
  seen.flags = tcp.at(13);
  const auto header = static_cast<std::ptrdiff_t>(tcp.at(12) / 16 * 4);
  seen.options.assign(tcp.begin() + 20, tcp.begin() + header);
  seen.payload.assign(tcp.begin() + header, tcp.end());
  return seen;
}

}  // namespace blipd::lab
