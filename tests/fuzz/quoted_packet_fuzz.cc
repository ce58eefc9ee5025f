// ICMP and ICMPv6 errors, and IP packets, from anywhere: what is left of the input is its end, and no more.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "probes/wire/ip_header.h"
#include "probes/wire/quoted_packet.h"

namespace {

void check(blipd::Bytes input, const std::optional<blipd::IpHeader>& packet, std::size_t least_in_front) {
  if (!packet) return;
  if (packet->payload.size() + least_in_front > input.size()) std::abort();
  if (packet->payload.data() + packet->payload.size() != input.data() + input.size()) std::abort();
}

void check_quote(blipd::Bytes input, const std::optional<blipd::QuotedPacket>& quote, std::size_t least_in_front) {
  if (!quote) return;
  if (quote->type != input[0] || quote->code != input[1]) std::abort();
  check(input, quote->packet, least_in_front);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const blipd::Bytes input(data, size);
  check(input, blipd::decode_ipv4(input), 20);
  check(input, blipd::decode_ipv6(input), 40);
  check_quote(input, blipd::decode_icmpv4_error(input), 8 + 20);
  check_quote(input, blipd::decode_icmpv6_error(input), 8 + 40);
  return 0;
}
