#include "probes/wire/tcp_segment.h"

#include "probes/wire/checksum.h"
#include "probes/wire/ip_header.h"

namespace blipd {
namespace {

constexpr std::uint16_t kWindow = 64240;

}  // namespace

std::uint64_t tcp_syn_pseudo_sum(std::uint32_t source, std::uint32_t destination) {
  return std::uint64_t{source >> 16U} + (source & 0xffffU) + (destination >> 16U) + (destination & 0xffffU) +
         kProtocolTcp + kTcpSynSize;
}

void encode_tcp_syn(IpFamily family, const TcpSyn& syn, std::uint64_t pseudo_sum,
                    std::span<std::uint8_t, kTcpSynSize> out) {
  // What an Ethernet frame of 1500 bytes holds behind the headers.
  const unsigned mss = family == IpFamily::v4 ? 1460 : 1440;
  put_number(out, 0, syn.source_port, 2);
  put_number(out, 2, syn.destination_port, 2);
  put_number(out, 4, syn.sequence, 4);
  put_number(out, 8, 0, 4);
  put_number(out, 12, kTcpSynSize / 4 << 4, 1);
  put_number(out, 13, kTcpSyn, 1);
  put_number(out, 14, kWindow, 2);
  put_number(out, 16, 0, 4);
  put_number(out, 20, 0x02040000 | mss, 4);
  put_number(out, 24, 0x0402080a, 4);
  put_number(out, 28, syn.timestamp, 4);
  put_number(out, 32, 0, 4);
  put_number(out, 36, 0x01030307, 4);
  if (family == IpFamily::v4) put_number(out, kTcpChecksumOffset, checksum_of(checksum_sum(out) + pseudo_sum), 2);
}

std::optional<TcpSegment> decode_tcp_segment(Bytes segment) {
  ByteReader reader(segment);
  TcpSegment found;
  found.source_port = reader.u16();
  found.destination_port = reader.u16();
  found.sequence = reader.u32();
  found.acknowledgment = reader.u32();
  const std::size_t words = reader.u8() >> 4U;
  found.flags = reader.u8();
  reader.skip(6);
  if (!reader.ok() || words < kTcpHeaderSize / 4 || words * 4 > segment.size()) return std::nullopt;
  return found;
}

std::optional<TcpQuote> decode_tcp_quote(Bytes quoted) {
  ByteReader reader(quoted);
  TcpQuote found;
  found.source_port = reader.u16();
  found.destination_port = reader.u16();
  found.sequence = reader.u32();
  if (!reader.ok()) return std::nullopt;
  return found;
}

}  // namespace blipd
