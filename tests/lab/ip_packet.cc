#include "tests/lab/ip_packet.h"

#include <algorithm>

namespace blipd::lab {
namespace {

constexpr std::size_t kIcmpHeader = 8;
constexpr std::size_t kTcpHeader = 20;

Ip read_ip(std::span<const std::uint8_t> bytes, std::size_t at, bool v6) {
  Ip ip;
  ip.v6 = v6;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), ip.size(), ip.bytes.begin());
  return ip;
}

// The pseudo-headers of RFC 9293 section 3.1 and RFC 8200 section 8.1.
std::uint32_t start_sum(const Transport& transport, const Ip& source, const Ip& destination, std::size_t length) {
  if (!transport.pseudo_header) return 0;
  std::uint32_t sum = transport.protocol + static_cast<std::uint32_t>(length);
  for (std::size_t i = 0; i < source.size(); i += 2) {
    sum += static_cast<std::uint32_t>(read_u16(source.bytes, i)) + read_u16(destination.bytes, i);
  }
  return sum;
}

// Looks at what stands behind the IP header of `parsed`, whose other fields are known.
PacketKind kind_of(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, std::uint8_t protocol) {
  const auto payload = packet.subspan(parsed.header_size, parsed.size - parsed.header_size);
  const bool v6 = parsed.source.v6;
  const Transport& icmp = v6 ? kIcmp6 : kIcmp;
  const auto checked = [&](const Transport& transport, PacketKind kind) {
    const std::uint32_t start = start_sum(transport, parsed.source, parsed.destination, payload.size());
    return internet_checksum(payload, start) == 0 ? kind : PacketKind::bad_checksum;
  };
  if (protocol == icmp.protocol) {
    const bool echo = payload.size() >= kIcmpHeader && payload[0] == (v6 ? 128 : 8) && payload[1] == 0;
    return echo ? checked(icmp, PacketKind::echo_request) : PacketKind::other;
  }
  if (protocol == kTcp.protocol) {
    const bool whole = payload.size() >= kTcpHeader && payload[12] >> 4 >= 5 &&
                       static_cast<std::size_t>(payload[12] >> 4) * 4 <= payload.size();
    return whole ? checked(kTcp, PacketKind::tcp) : PacketKind::other;
  }
  return PacketKind::other;
}

ParsedPacket parse4(std::span<const std::uint8_t> packet) {
  ParsedPacket parsed;
  if (packet.size() < kHeader4) return parsed;
  const std::size_t header = (packet[0] & 0x0fU) * std::size_t{4};
  const std::size_t size = read_u16(packet, 2);
  const bool fragment = (read_u16(packet, 6) & 0x3fff) != 0;
  if (header < kHeader4 || size < header || size > packet.size() || fragment) return parsed;
  parsed.source = read_ip(packet, 12, false);
  parsed.destination = read_ip(packet, 16, false);
  parsed.header_size = header;
  parsed.size = size;
  parsed.kind = kind_of(packet, parsed, packet[9]);
  return parsed;
}

ParsedPacket parse6(std::span<const std::uint8_t> packet) {
  ParsedPacket parsed;
  if (packet.size() < kHeader6) return parsed;
  const std::size_t size = kHeader6 + read_u16(packet, 4);
  if (size > packet.size()) return parsed;
  parsed.source = read_ip(packet, 8, true);
  parsed.destination = read_ip(packet, 24, true);
  parsed.header_size = kHeader6;
  parsed.size = size;
  parsed.kind = kind_of(packet, parsed, packet[6]);
  return parsed;
}

}  // namespace

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes, std::uint32_t sum) {
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += read_u16(bytes, i);
  if (i < bytes.size()) sum += static_cast<std::uint32_t>(bytes[i]) << 8;
  while ((sum >> 16) != 0) sum = (sum & 0xffffU) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

ParsedPacket parse_packet(std::span<const std::uint8_t> packet) {
  if (packet.empty()) return {};
  switch (packet[0] >> 4) {
    case 4:
      return parse4(packet);
    case 6:
      return parse6(packet);
    default:
      return {};
  }
}

Bytes wrap(const Transport& transport, const Ip& from, const Ip& to, std::span<const std::uint8_t> payload) {
  const std::size_t header = header_size_of(from);
  Bytes packet(header + payload.size(), 0);
  std::copy(payload.begin(), payload.end(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  wrap_in_place(transport, from, to, kHopLimit, packet);
  return packet;
}

void wrap_in_place(const Transport& transport, const Ip& from, const Ip& to, std::uint8_t hop_limit,
                   std::span<std::uint8_t> packet) {
  const std::size_t header = header_size_of(from);
  const auto payload = packet.subspan(header);
  std::fill_n(packet.begin(), header, std::uint8_t{0});
  if (from.v6) {
    packet[0] = 0x60;
    put_u16(packet, 4, payload.size());
    packet[6] = transport.protocol;
    packet[7] = hop_limit;
    std::copy_n(from.bytes.begin(), 16, packet.begin() + 8);
    std::copy_n(to.bytes.begin(), 16, packet.begin() + 24);
  } else {
    packet[0] = 0x45;
    put_u16(packet, 2, packet.size());
    packet[8] = hop_limit;
    packet[9] = transport.protocol;
    std::copy_n(from.bytes.begin(), 4, packet.begin() + 12);
    std::copy_n(to.bytes.begin(), 4, packet.begin() + 16);
    put_u16(packet, 10, internet_checksum(packet.first(kHeader4)));
  }
  const std::uint32_t start = start_sum(transport, from, to, payload.size());
  put_u16(payload, transport.checksum_at, internet_checksum(payload, start));
}

}  // namespace blipd::lab
