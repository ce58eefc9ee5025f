#include "probes/wire/icmp_echo.h"

#include "probes/wire/checksum.h"

namespace blipd {
namespace {

constexpr std::uint8_t request_type(IpFamily family) { return family == IpFamily::v4 ? 8 : 128; }
constexpr std::uint8_t reply_type(IpFamily family) { return family == IpFamily::v4 ? 0 : 129; }

std::optional<Echo> decode_echo(std::uint8_t type, Bytes message) {
  ByteReader reader(message);
  const std::uint8_t found_type = reader.u8();
  const std::uint8_t code = reader.u8();
  reader.skip(2);
  Echo echo;
  echo.identifier = reader.u16();
  echo.sequence = reader.u16();
  if (!reader.ok() || found_type != type || code != 0) return std::nullopt;
  if (reader.rest().size() < kEchoTagSize) return echo;
  EchoTag tag;
  tag.block = reader.u32();
  tag.place = reader.u32();
  tag.slot = reader.u32();
  tag.mac = reader.u64();
  echo.tag = tag;
  return echo;
}

}  // namespace

void encode_echo_request(IpFamily family, std::uint16_t identifier, std::uint16_t sequence, const EchoTag& tag,
                         std::uint64_t tail_sum, std::span<std::uint8_t, kEchoHeadSize> out) {
  put_number(out, 0, request_type(family), 1);
  put_number(out, 1, 0, 3);
  put_number(out, 4, identifier, 2);
  put_number(out, 6, sequence, 2);
  put_number(out, 8, tag.block, 4);
  put_number(out, 12, tag.place, 4);
  put_number(out, 16, tag.slot, 4);
  put_number(out, 20, tag.mac, 8);
  if (family == IpFamily::v4) put_number(out, 2, checksum_of(checksum_sum(out) + tail_sum), 2);
}

std::optional<Echo> decode_echo_request(IpFamily family, Bytes message) {
  return decode_echo(request_type(family), message);
}

std::optional<Echo> decode_echo_reply(IpFamily family, Bytes message) {
  return decode_echo(reply_type(family), message);
}

}  // namespace blipd
