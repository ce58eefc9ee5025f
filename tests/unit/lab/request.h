// Echo requests for the tests of the lab, written down by hand rather than by the code under test.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "tests/lab/packets.h"

namespace blipd::lab {

/// An echo request with identifier 0x1234, sequence number `sequence` and a payload of 0, 1, 2, ...
inline Bytes echo_request(const std::string& from, const std::string& to, std::uint8_t sequence = 1,
                          std::size_t payload = 32) {
  const Ip source = *Ip::parse(from);
  const Ip destination = *Ip::parse(to);
  Bytes icmp{static_cast<std::uint8_t>(source.v6 ? 128 : 8), 0, 0, 0, 0x12, 0x34, 0, sequence};
  icmp.resize(8 + payload);
  std::iota(icmp.begin() + 8, icmp.end(), std::uint8_t{0});
  Bytes packet;
  const auto size = static_cast<std::uint8_t>(icmp.size());
  if (source.v6) {
    packet = {0x60, 0, 0, 0, 0, size, 58, 64};
  } else {
    packet = {0x45, 0, 0, static_cast<std::uint8_t>(size + 20), 0, 0, 0, 0, 64, 1, 0, 0};
  }
  packet.insert(packet.end(), source.bytes.begin(), source.bytes.begin() + static_cast<std::ptrdiff_t>(source.size()));
  packet.insert(packet.end(), destination.bytes.begin(),
                destination.bytes.begin() + static_cast<std::ptrdiff_t>(destination.size()));
  std::uint32_t sum = 0;
  const auto add = [&sum](const Bytes& bytes, std::size_t start) {
    for (std::size_t i = start; i < bytes.size(); ++i) sum += (i - start) % 2 == 0 ? bytes[i] * 256U : bytes[i];
  };
  if (source.v6) {
    add(packet, 8);
    sum += 58U + size;
  }
  add(icmp, 0);
  while (sum > 0xffffU) sum = (sum & 0xffffU) + (sum >> 16);
  icmp[2] = static_cast<std::uint8_t>(~sum >> 8);
  icmp[3] = static_cast<std::uint8_t>(~sum);
  packet.insert(packet.end(), icmp.begin(), icmp.end());
  return packet;
}

/// The ICMP part of a packet that `echo_request` or the lab made.
inline Bytes icmp_of(const Bytes& packet) {
  return Bytes(packet.begin() + (packet[0] >> 4 == 6 ? 40 : 20), packet.end());
}

/// The source address of a packet.
inline std::string source_of(const Bytes& packet) {
  Ip ip;
  ip.v6 = packet[0] >> 4 == 6;
  std::copy_n(packet.begin() + (ip.v6 ? 8 : 12), ip.size(), ip.bytes.begin());
  return ip.to_string();
}

/// The destination address of a packet.
inline std::string destination_of(const Bytes& packet) {
  Ip ip;
  ip.v6 = packet[0] >> 4 == 6;
  std::copy_n(packet.begin() + (ip.v6 ? 24 : 16), ip.size(), ip.bytes.begin());
  return ip.to_string();
}

}  // namespace blipd::lab
