// Segments and quotes from anywhere: what is decoded must be what stands there, and never beyond the end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "probes/wire/tcp_segment.h"

namespace {

std::uint32_t number_at(blipd::Bytes bytes, std::size_t offset, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8U | bytes[offset + i];
  return value;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const blipd::Bytes bytes(data, size);
  if (const std::optional<blipd::TcpSegment> segment = blipd::decode_tcp_segment(bytes)) {
    const std::size_t header = std::size_t{bytes[12]} / 16 * 4;
    require(header >= blipd::kTcpHeaderSize && header <= size);
    require(segment->source_port == number_at(bytes, 0, 2) && segment->destination_port == number_at(bytes, 2, 2));
    require(segment->sequence == number_at(bytes, 4, 4) && segment->acknowledgment == number_at(bytes, 8, 4));
    require(segment->flags == bytes[13]);
  }
  const std::optional<blipd::TcpQuote> quote = blipd::decode_tcp_quote(bytes);
  require(quote.has_value() == (size >= 8));
  if (quote) {
    require(quote->source_port == number_at(bytes, 0, 2) && quote->destination_port == number_at(bytes, 2, 2));
    require(quote->sequence == number_at(bytes, 4, 4));
  }
  return 0;
}
