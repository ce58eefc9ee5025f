#include "tests/lab/packets.h"

#include <algorithm>

namespace blipd::lab {
namespace {

constexpr std::size_t kIcmpHeader = 8;

Bytes reply_icmp(std::span<const std::uint8_t> request, const ParsedPacket& parsed) {
  const auto icmp = request.subspan(parsed.header_size, parsed.size - parsed.header_size);
  Bytes reply(icmp.begin(), icmp.end());
  reply[0] = parsed.source.v6 ? 129 : 0;
  put_u16(reply, 2, 0);
  return reply;
}

const Transport& icmp_of(const Ip& address) { return address.v6 ? kIcmp6 : kIcmp; }

// How much of a packet an error quotes, if it is to quote `quote` bytes behind the IP header.
std::size_t quoted_size(const ParsedPacket& parsed, std::size_t quote) {
  const std::size_t most = (parsed.source.v6 ? kLargestError - kHeader6 : 576 - kHeader4) - kIcmpHeader;
  return std::min(parsed.header_size + std::min(quote, parsed.size - parsed.header_size), most);
}

}  // namespace

Bytes echo_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from) {
  Bytes reply(header_size_of(from) + parsed.size - parsed.header_size);
  write_echo_reply(request, parsed, from, kHopLimit, reply);
  return reply;
}

Bytes forged_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed) {
  Bytes icmp = reply_icmp(request, parsed);
  if (icmp.size() > kIcmpHeader + kForgedFirst) {
    const std::size_t end = std::min(icmp.size(), kIcmpHeader + kForgedLast + 1);
    for (std::size_t i = kIcmpHeader + kForgedFirst; i < end; ++i) icmp[i] = static_cast<std::uint8_t>(~icmp[i]);
  } else if (icmp.size() > kIcmpHeader) {
    icmp.back() = static_cast<std::uint8_t>(~icmp.back());
  }
  return wrap(icmp_of(parsed.destination), parsed.destination, parsed.source, icmp);
}

Bytes icmp_error(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const Ip& from, std::uint8_t type,
                 std::uint8_t code, std::size_t quote) {
  Bytes error(kLargestError);
  error.resize(write_icmp_error(packet, parsed, {from, type, code, quote}, error));
  return error;
}

std::size_t write_echo_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from,
                             std::uint8_t hop_limit, std::span<std::uint8_t> out) {
  const auto icmp = request.subspan(parsed.header_size, parsed.size - parsed.header_size);
  const std::size_t header = header_size_of(from);
  const auto reply = out.first(header + icmp.size());
  std::copy(icmp.begin(), icmp.end(), reply.begin() + static_cast<std::ptrdiff_t>(header));
  reply[header] = from.v6 ? 129 : 0;
  put_u16(reply, header + 2, 0);
  wrap_in_place(icmp_of(from), from, parsed.source, hop_limit, reply);
  return reply.size();
}

std::size_t write_icmp_error(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const ErrorText& error,
                             std::span<std::uint8_t> out) {
  const std::size_t quoted = quoted_size(parsed, error.quote);
  const std::size_t header = header_size_of(error.from);
  const auto written = out.first(header + kIcmpHeader + quoted);
  std::fill_n(written.begin(), header + kIcmpHeader, std::uint8_t{0});
  written[header] = error.type;
  written[header + 1] = error.code;
  std::copy_n(packet.begin(), quoted, written.begin() + static_cast<std::ptrdiff_t>(header + kIcmpHeader));
  wrap_in_place(icmp_of(error.from), error.from, parsed.source, error.hop_limit, written);
  return written.size();
}

}  // namespace blipd::lab
