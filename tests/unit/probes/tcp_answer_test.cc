#include "probes/tcp_answer.h"

#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/probes/tcp_packets.h"

namespace blipd {
namespace {

using namespace test;

constexpr FlightSlot kSlot = 0x01002233;
constexpr std::uint16_t kPort = 443;
constexpr std::uint16_t kLenient = 20003;
constexpr std::uint16_t kStrict = 20000 + 129 + 3;
const Address kRouter = *Address::parse("198.51.100.1");

TcpFlows make_flows() {
  TcpFlows flows(20000, ReplySignature(ReplySignature::Key{9}));
  flows.note_sent(kSlot);
  return flows;
}
const TcpFlows kFlows = make_flows();

Address host(IpFamily family) { return family == IpFamily::v4 ? Address::v4(kThem) : *Address::parse("2001:db8::2"); }
std::uint32_t sequence(IpFamily family, std::uint16_t source_port) {
  return kFlows.sequence_of({host(family), source_port, kPort}, kSlot);
}

Answer read_segment(IpFamily family, const Packet& bytes, const TcpFlows& flows = kFlows) {
  const Packet packet = family == IpFamily::v4 ? joined({ipv4_header(6, kThem, kUs), bytes}) : bytes;
  return read_tcp_answer(family, {packet, host(family), 33, Instant(std::chrono::seconds(5))}, flows);
}

Packet error_in(IpFamily family, std::uint16_t source_port) {
  const Packet syn = quoted_syn(family, {source_port, kPort, sequence(family, source_port), 1});
  if (family == IpFamily::v6) return joined({icmp_error_header(1, 1), ipv6_header(6), syn});
  return joined({ipv4_header(1, 0xc6336401, kUs, {}, 250), icmp_error_header(3, 13), ipv4_header(6, kUs, kThem), syn});
}
Answer read_error(IpFamily family, const Packet& packet) {
  return read_tcp_error(family, {packet, kRouter, 33, Instant(std::chrono::seconds(5))}, kFlows);
}

void check_stray(const Answer& answer) {
  CHECK(answer.kind == AnswerKind::stray);
  CHECK(answer.slot == 0);
  CHECK(answer.number == TargetNumber{});
}

TEST_CASE("a SYN-ACK is a reply and gives back the slot, in either half of the ports") {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    for (const std::uint16_t port : {kLenient, kStrict}) {
      const Answer answer = read_segment(family, segment(kPort, port, sequence(family, port) + 1, kSynAckFlags));
      CHECK(answer.kind == AnswerKind::reply);
      CHECK(answer.slot == kSlot);
      CHECK(answer.number == kUnknownNumber);
      CHECK(answer.from == host(family));
      CHECK(answer.received == Instant(std::chrono::seconds(5)));
      CHECK(unsigned{answer.hop_limit} == (family == IpFamily::v4 ? 61U : 33U));
    }
  }
}

TEST_CASE("a reset is a reply, or refused where the module asks for an open port") {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    Answer answer = read_segment(family, segment(kPort, kLenient, sequence(family, kLenient) + 1, kResetFlags));
    CHECK(answer.kind == AnswerKind::reply);
    CHECK(answer.slot == kSlot);
    answer = read_segment(family, segment(kPort, kStrict, sequence(family, kStrict) + 1, kResetFlags));
    CHECK(answer.kind == AnswerKind::failure);
    CHECK(answer.reason == FailureReason::refused);
    CHECK(answer.slot == kSlot);
    CHECK(answer.number == kUnknownNumber);
  }
}

TEST_CASE("a reset may acknowledge the sequence number itself, a SYN-ACK may not") {
  TcpFlows flows(20000, ReplySignature(ReplySignature::Key{4}));
  int right = 0;
  for (FlightSlot slot = 0x01000000; slot < 0x01000000 + 1000; ++slot) {
    flows.note_sent(slot);
    const std::uint32_t isn = flows.sequence_of({host(IpFamily::v4), kLenient, kPort}, slot);
    REQUIRE(read_segment(IpFamily::v4, segment(kPort, kLenient, isn + 1, kResetFlags), flows).slot == slot);
    const Answer other = read_segment(IpFamily::v4, segment(kPort, kLenient, isn, kResetFlags), flows);
    CHECK(other.kind == AnswerKind::reply);
    if (other.slot == slot) ++right;
    CHECK(read_segment(IpFamily::v4, segment(kPort, kLenient, isn, kSynAckFlags), flows).slot != slot);
  }
  // The wrong reading is credible by chance once in 256.
  CHECK(right > 980);
}

TEST_CASE("only SYN-ACK and acknowledging resets count, whatever the other flags") {
  const std::uint32_t ack = sequence(IpFamily::v4, kLenient) + 1;
  for (unsigned flags = 0; flags < 256; ++flags) {
    CAPTURE(flags);
    const Answer answer = read_segment(IpFamily::v4, segment(kPort, kLenient, ack, static_cast<std::uint8_t>(flags)));
    const bool syn_ack = (flags & (kTcpSyn | kTcpAck | kTcpFin | kTcpRst)) == (kTcpSyn | kTcpAck);
    const bool reset = (flags & (kTcpRst | kTcpAck)) == (kTcpRst | kTcpAck);
    if (syn_ack || reset) {
      CHECK(answer.kind == AnswerKind::reply);
    } else {
      check_stray(answer);
    }
  }
}

TEST_CASE("a wrong acknowledgment, port or host brings back another slot") {
  const std::uint32_t ack = sequence(IpFamily::v4, kLenient) + 1;
  for (unsigned bit = 0; bit < 32; ++bit) {
    CHECK(read_segment(IpFamily::v4, segment(kPort, kLenient, ack ^ 1U << bit, kSynAckFlags)).slot != kSlot);
  }
  CHECK(read_segment(IpFamily::v4, segment(kPort + 1, kLenient, ack, kSynAckFlags)).slot != kSlot);
  CHECK(read_segment(IpFamily::v4, segment(kPort, kLenient + 1, ack, kSynAckFlags)).slot != kSlot);
  CHECK(read_segment(IpFamily::v6, segment(kPort, kLenient, ack, kSynAckFlags)).slot != kSlot);
}

TEST_CASE("segments to other ports, incomplete ones and other protocols are stray") {
  const std::uint32_t ack = sequence(IpFamily::v4, kLenient) + 1;
  check_stray(read_segment(IpFamily::v4, segment(kPort, 19999, ack, kSynAckFlags)));
  check_stray(read_segment(IpFamily::v4, segment(kPort, 20258, ack, kSynAckFlags)));
  const Packet whole = segment(kPort, kLenient, ack, kSynAckFlags);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    check_stray(read_segment(IpFamily::v4, cut(whole, length)));
    check_stray(read_segment(IpFamily::v6, cut(whole, length)));
  }
  check_stray(read_tcp_answer(IpFamily::v4, {}, kFlows));
}

TEST_CASE("an error gives back slot, code and whom the SYN was for, from 8 quoted bytes on") {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const Packet whole = error_in(family, kStrict);
    const std::size_t quote = whole.size() - kTcpSynSize;
    for (std::size_t length = 0; length <= whole.size(); ++length) {
      CAPTURE(length);
      const Answer answer = read_error(family, cut(whole, length));
      if (length < quote + 8) {
        check_stray(answer);
        continue;
      }
      CHECK(answer.kind == AnswerKind::icmp_error);
      CHECK(answer.icmp == (family == IpFamily::v4 ? IcmpErrorCode{3, 13} : IcmpErrorCode{1, 1}));
      CHECK(answer.slot == kSlot);
      CHECK(answer.number == kUnknownNumber);
      CHECK(answer.to == host(family));
      CHECK(answer.from == kRouter);
      CHECK(unsigned{answer.hop_limit} == (family == IpFamily::v4 ? 250U : 33U));
    }
  }
}

TEST_CASE("any flipped bit of a quoted port, number or destination never gives the slot") {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const Packet whole = error_in(family, kLenient);
    const std::size_t quote = whole.size() - kTcpSynSize;
    const std::size_t address = family == IpFamily::v4 ? 4 : 16;
    for (std::size_t bit = (quote - address) * 8; bit < (quote + 8) * 8; ++bit) {
      Packet broken = whole;
      broken[bit / 8] = static_cast<std::uint8_t>(broken[bit / 8] ^ (1U << (bit % 8)));
      CAPTURE(bit);
      CHECK(read_error(family, broken).slot != kSlot);
    }
  }
}

TEST_CASE("errors about other protocols and other ports are stray") {
  Packet quotes_udp = error_in(IpFamily::v4, kLenient);
  quotes_udp[20 + 8 + 9] = 17;
  check_stray(read_error(IpFamily::v4, quotes_udp));
  check_stray(read_error(IpFamily::v4, error_in(IpFamily::v4, 19999)));
  check_stray(read_error(IpFamily::v6, error_in(IpFamily::v6, 20258)));
  check_stray(read_error(IpFamily::v4, {}));
  check_stray(read_error(IpFamily::v6, {}));
}

}  // namespace
}  // namespace blipd
