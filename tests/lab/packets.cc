#include "tests/lab/packets.h"

#include <algorithm>

namespace blipd::lab {
namespace {

constexpr std::uint8_t kIcmp = 1;
constexpr std::uint8_t kIcmp6 = 58;
constexpr std::size_t kHeader4 = 20;
constexpr std::size_t kHeader6 = 40;
constexpr std::size_t kIcmpHeader = 8;
constexpr std::uint8_t kHopLimit = 60;

std::size_t u16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::size_t>(bytes[at]) << 8 | bytes[at + 1];
}

void put_u16(Bytes& bytes, std::size_t at, std::size_t value) {
  bytes[at] = static_cast<std::uint8_t>(value >> 8);
  bytes[at + 1] = static_cast<std::uint8_t>(value);
}

Ip read_ip(std::span<const std::uint8_t> bytes, std::size_t at, bool v6) {
  Ip ip;
  ip.v6 = v6;
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), ip.size(), ip.bytes.begin());
  return ip;
}

// The pseudo-header of RFC 8200 section 8.1.
std::uint32_t pseudo_sum(const Ip& source, const Ip& destination, std::size_t length) {
  std::uint32_t sum = kIcmp6 + static_cast<std::uint32_t>(length);
  for (std::size_t i = 0; i < 16; i += 2) {
    sum += static_cast<std::uint32_t>(u16(source.bytes, i) + u16(destination.bytes, i));
  }
  return sum;
}

std::uint32_t start_sum(const Ip& source, const Ip& destination, std::size_t length) {
  return source.v6 ? pseudo_sum(source, destination, length) : 0;
}

ParsedPacket parse4(std::span<const std::uint8_t> packet) {
  ParsedPacket parsed;
  if (packet.size() < kHeader4) return parsed;
  const std::size_t header = (packet[0] & 0x0fU) * std::size_t{4};
  const std::size_t size = u16(packet, 2);
  const bool fragment = (u16(packet, 6) & 0x3fff) != 0;
  if (header < kHeader4 || size < header + kIcmpHeader || size > packet.size() || fragment || packet[9] != kIcmp) {
    return parsed;
  }
  parsed.source = read_ip(packet, 12, false);
  parsed.destination = read_ip(packet, 16, false);
  parsed.header_size = header;
  parsed.size = size;
  if (packet[header] != 8 || packet[header + 1] != 0) return parsed;
  const bool right = internet_checksum(packet.subspan(header, size - header)) == 0;
  parsed.kind = right ? PacketKind::echo_request : PacketKind::bad_checksum;
  return parsed;
}

ParsedPacket parse6(std::span<const std::uint8_t> packet) {
  ParsedPacket parsed;
  if (packet.size() < kHeader6) return parsed;
  const std::size_t size = kHeader6 + u16(packet, 4);
  if (size < kHeader6 + kIcmpHeader || size > packet.size() || packet[6] != kIcmp6) return parsed;
  parsed.source = read_ip(packet, 8, true);
  parsed.destination = read_ip(packet, 24, true);
  parsed.header_size = kHeader6;
  parsed.size = size;
  if (packet[kHeader6] != 128 || packet[kHeader6 + 1] != 0) return parsed;
  const std::size_t length = size - kHeader6;
  const bool right =
      internet_checksum(packet.subspan(kHeader6, length), pseudo_sum(parsed.source, parsed.destination, length)) == 0;
  parsed.kind = right ? PacketKind::echo_request : PacketKind::bad_checksum;
  return parsed;
}

// Puts an IP header in front of `icmp`, and the ICMP checksum, whose field is zero, into it.
Bytes wrap(const Ip& from, const Ip& to, const Bytes& icmp) {
  const std::size_t header = from.v6 ? kHeader6 : kHeader4;
  Bytes packet(header + icmp.size(), 0);
  if (from.v6) {
    packet[0] = 0x60;
    put_u16(packet, 4, icmp.size());
    packet[6] = kIcmp6;
    packet[7] = kHopLimit;
    std::copy_n(from.bytes.begin(), 16, packet.begin() + 8);
    std::copy_n(to.bytes.begin(), 16, packet.begin() + 24);
  } else {
    packet[0] = 0x45;
    put_u16(packet, 2, packet.size());
    packet[8] = kHopLimit;
    packet[9] = kIcmp;
    std::copy_n(from.bytes.begin(), 4, packet.begin() + 12);
    std::copy_n(to.bytes.begin(), 4, packet.begin() + 16);
    put_u16(packet, 10, internet_checksum(std::span(packet).first(kHeader4)));
  }
  std::copy(icmp.begin(), icmp.end(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  const std::uint32_t start = start_sum(from, to, icmp.size());
  put_u16(packet, header + 2, internet_checksum(std::span(packet).subspan(header), start));
  return packet;
}

Bytes reply_icmp(std::span<const std::uint8_t> request, const ParsedPacket& parsed) {
  const auto icmp = request.subspan(parsed.header_size, parsed.size - parsed.header_size);
  Bytes reply(icmp.begin(), icmp.end());
  reply[0] = parsed.source.v6 ? 129 : 0;
  put_u16(reply, 2, 0);
  return reply;
}

}  // namespace

std::uint16_t internet_checksum(std::span<const std::uint8_t> bytes, std::uint32_t sum) {
  std::size_t i = 0;
  for (; i + 1 < bytes.size(); i += 2) sum += static_cast<std::uint32_t>(u16(bytes, i));
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

Bytes echo_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from) {
  return wrap(from, parsed.source, reply_icmp(request, parsed));
}

Bytes forged_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed) {
  Bytes icmp = reply_icmp(request, parsed);
  if (icmp.size() > kIcmpHeader + kForgedFirst) {
    const std::size_t end = std::min(icmp.size(), kIcmpHeader + kForgedLast + 1);
    for (std::size_t i = kIcmpHeader + kForgedFirst; i < end; ++i) icmp[i] = static_cast<std::uint8_t>(~icmp[i]);
  } else if (icmp.size() > kIcmpHeader) {
    icmp.back() = static_cast<std::uint8_t>(~icmp.back());
  }
  return wrap(parsed.destination, parsed.source, icmp);
}

Bytes icmp_error(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from, std::uint8_t type,
                 std::uint8_t code, std::size_t quote) {
  const bool v6 = parsed.source.v6;
  const std::size_t most = (v6 ? 1280 - kHeader6 : 576 - kHeader4) - kIcmpHeader;
  const std::size_t behind = std::min(quote, parsed.size - parsed.header_size);
  const std::size_t quoted = std::min(parsed.header_size + behind, most);
  Bytes icmp(kIcmpHeader, 0);
  icmp[0] = type;
  icmp[1] = code;
  icmp.insert(icmp.end(), request.begin(), request.begin() + static_cast<std::ptrdiff_t>(quoted));
  return wrap(from, parsed.source, icmp);
}

}  // namespace blipd::lab
