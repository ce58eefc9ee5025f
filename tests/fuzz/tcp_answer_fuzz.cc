// A packet from anywhere, read as an answer to a SYN. Bit 0 of the first byte: IPv6; bit 1: from the ICMP socket.
// Nothing is called forged, what counts has all that its kind needs, and the rest carries no slot.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "probes/tcp_answer.h"
#include "probes/wire/tcp_segment.h"

namespace {

const blipd::Address kFrom = blipd::Address::v4(0xcb007107);

void require(bool holds) {
  if (!holds) std::abort();
}

blipd::TcpFlows make_flows() {
  blipd::TcpFlows flows(20000, blipd::ReplySignature(blipd::ReplySignature::Key{1}));
  flows.note_sent(0x01000000);
  return flows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const blipd::TcpFlows kFlows = make_flows();
  const blipd::IpFamily family = data[0] % 2 == 0 ? blipd::IpFamily::v4 : blipd::IpFamily::v6;
  const bool is_icmp = (data[0] & 2U) != 0;
  const blipd::ReceivedPacket packet{blipd::Bytes(data, size).subspan(1), kFrom, 0, {}};
  const blipd::Answer answer =
      is_icmp ? blipd::read_tcp_error(family, packet, kFlows) : blipd::read_tcp_answer(family, packet, kFlows);
  require(answer.from == kFrom);
  switch (answer.kind) {
    case blipd::AnswerKind::failure:
      require(answer.reason == blipd::FailureReason::refused);
      [[fallthrough]];
    case blipd::AnswerKind::reply:
      require(!is_icmp && answer.number == blipd::kUnknownNumber && packet.bytes.size() >= blipd::kTcpHeaderSize);
      break;
    case blipd::AnswerKind::icmp_error:
      require(is_icmp && answer.number == blipd::kUnknownNumber);
      require(packet.bytes.size() >= (family == blipd::IpFamily::v4 ? 20U + 8 + 20 + 8 : 8U + 40 + 8));
      break;
    case blipd::AnswerKind::stray:
      require(answer.slot == 0 && answer.number == blipd::TargetNumber{});
      break;
    case blipd::AnswerKind::unsent:
    case blipd::AnswerKind::short_quote:
    case blipd::AnswerKind::forged:
      std::abort();
  }
  return 0;
}
