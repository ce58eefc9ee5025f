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

}  // namespace

Bytes echo_reply(std::span<const std::uint8_t> request, const ParsedPacket& parsed, const Ip& from) {
  return wrap(icmp_of(from), from, parsed.source, reply_icmp(request, parsed));
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
  const std::size_t most = (parsed.source.v6 ? 1280 - kHeader6 : 576 - kHeader4) - kIcmpHeader;
  const std::size_t behind = std::min(quote, parsed.size - parsed.header_size);
  const std::size_t quoted = std::min(parsed.header_size + behind, most);
  Bytes icmp(kIcmpHeader, 0);
  icmp[0] = type;
  icmp[1] = code;
  icmp.insert(icmp.end(), packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(quoted));
  return wrap(icmp_of(from), from, parsed.source, icmp);
}

}  // namespace blipd::lab
