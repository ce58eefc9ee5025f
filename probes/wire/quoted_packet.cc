#include "probes/wire/quoted_packet.h"

namespace blipd {
namespace {

std::optional<QuotedPacket> decode(Bytes message, bool (*is_error)(std::uint8_t),
                                   std::optional<IpHeader> (*decode_header)(Bytes)) {
  ByteReader reader(message);
  QuotedPacket quote;
  quote.type = reader.u8();
  quote.code = reader.u8();
  reader.skip(6);
  if (!reader.ok() || !is_error(quote.type)) return std::nullopt;
  const std::optional<IpHeader> packet = decode_header(reader.rest());
  if (!packet) return std::nullopt;
  quote.packet = *packet;
  return quote;
}

}  // namespace

bool is_icmpv4_error(std::uint8_t type) { return type == 3 || type == 4 || type == 11 || type == 12; }
bool is_icmpv6_error(std::uint8_t type) { return type >= 1 && type <= 4; }

std::optional<QuotedPacket> decode_icmpv4_error(Bytes message) { return decode(message, is_icmpv4_error, decode_ipv4); }
std::optional<QuotedPacket> decode_icmpv6_error(Bytes message) { return decode(message, is_icmpv6_error, decode_ipv6); }

}  // namespace blipd
