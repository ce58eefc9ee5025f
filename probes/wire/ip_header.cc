#include "probes/wire/ip_header.h"

#include <algorithm>
#include <cstddef>

namespace blipd {
namespace {

constexpr std::uint8_t kFragmentHeader = 44;

std::array<std::uint8_t, 16> mapped(Bytes four) {
  std::array<std::uint8_t, 16> address{};
  address[10] = address[11] = 0xff;
  std::copy(four.begin(), four.end(), address.begin() + 12);
  return address;
}

}  // namespace

std::optional<IpHeader> decode_ipv4(Bytes packet) {
  ByteReader reader(packet);
  IpHeader header;
  const std::uint8_t version_and_length = reader.u8();
  reader.skip(5);
  const std::uint16_t fragment = reader.u16();
  header.hop_limit = reader.u8();
  header.protocol = reader.u8();
  reader.skip(2);
  header.source = mapped(reader.take(4));
  header.destination = mapped(reader.take(4));
  const std::size_t words = version_and_length & 0x0f;
  if (version_and_length >> 4 != 4 || words < 5) return std::nullopt;
  reader.skip((words - 5) * 4);
  if (!reader.ok() || (fragment & 0x1fff) != 0) return std::nullopt;
  header.payload = reader.rest();
  return header;
}

std::optional<IpHeader> decode_ipv6(Bytes packet) {
  ByteReader reader(packet);
  IpHeader header;
  const std::uint8_t version = reader.u8() >> 4;
  reader.skip(5);
  header.protocol = reader.u8();
  header.hop_limit = reader.u8();
  const Bytes source = reader.take(16);
  const Bytes destination = reader.take(16);
  if (!reader.ok() || version != 6) return std::nullopt;
  std::copy(source.begin(), source.end(), header.source.begin());
  std::copy(destination.begin(), destination.end(), header.destination.begin());
  if (header.protocol == kFragmentHeader) {
    header.protocol = reader.u8();
    reader.skip(1);
    const std::uint16_t offset_and_flags = reader.u16();
    reader.skip(4);
    if (!reader.ok() || (offset_and_flags & 0xfff8) != 0) return std::nullopt;
  }
  header.payload = reader.rest();
  return header;
}

}  // namespace blipd
