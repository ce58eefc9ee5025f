#include "probes/icmp_answer.h"

#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/wire/packets.h"

namespace blipd {
namespace {

using test::cut;
using test::echo_reply;
using test::echo_request;
using test::icmp_error_header;
using test::ipv4_header;
using test::ipv6_header;
using test::joined;
using test::Packet;

constexpr std::uint16_t kId = 0x1237;
constexpr TargetNumber kNumber{5, 77};
constexpr FlightSlot kSlot = 4242;
constexpr std::uint32_t kUs = 0xc0000201;
constexpr std::uint32_t kThem = 0xcb007107;

const IcmpIdentifiers kIdentifiers(0x1230);
const ReplySignature kSignature(ReplySignature::Key{9});

EchoTag tag() { return {kNumber.block, kNumber.place, kSlot, kSignature.sign(kNumber, kSlot, kId)}; }
std::uint16_t sequence() { return sequence_of(tag().mac); }

Packet v4_reply() { return joined({ipv4_header(1, kThem, kUs), echo_reply(IpFamily::v4, kId, sequence(), tag())}); }
Packet v4_error() {
  return joined({ipv4_header(1, 0xc6336401, kUs, {}, 250), icmp_error_header(3, 13), ipv4_header(1, kUs, kThem),
                 echo_request(IpFamily::v4, kId, sequence(), tag())});
}
Packet v6_reply() { return echo_reply(IpFamily::v6, kId, sequence(), tag()); }
Packet v6_error() {
  return joined({icmp_error_header(1, 4), ipv6_header(58), echo_request(IpFamily::v6, kId, sequence(), tag())});
}

Answer read(IpFamily family, const Packet& packet) {
  const ReceivedPacket received{packet, *Address::parse("198.51.100.1"), 33, Instant(std::chrono::seconds(5))};
  return read_icmp_answer(family, received, kIdentifiers, kSignature);
}

TEST_CASE("a reply gives back number and slot") {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const bool v4 = family == IpFamily::v4;
    const Answer answer = read(family, v4 ? v4_reply() : v6_reply());
    CHECK(answer.kind == AnswerKind::reply);
    CHECK(answer.number == kNumber);
    CHECK(answer.slot == kSlot);
    CHECK(answer.from.to_string() == "198.51.100.1");
    CHECK(answer.received == Instant(std::chrono::seconds(5)));
    CHECK(unsigned{answer.hop_limit} == (v4 ? 61U : 33U));
  }
}

TEST_CASE("an error gives back number, slot, code and whom the probe was for") {
  const Answer v4 = read(IpFamily::v4, v4_error());
  CHECK(v4.kind == AnswerKind::icmp_error);
  CHECK(v4.icmp == IcmpErrorCode{3, 13});
  CHECK(v4.number == kNumber);
  CHECK(v4.slot == kSlot);
  CHECK(v4.to == Address::v4(kThem));
  CHECK(unsigned{v4.hop_limit} == 250U);
  const Answer v6 = read(IpFamily::v6, v6_error());
  CHECK(v6.kind == AnswerKind::icmp_error);
  CHECK(v6.icmp == IcmpErrorCode{1, 4});
  CHECK(v6.number == kNumber);
  CHECK(v6.to.to_string() == "2001:db8::2");
}

TEST_CASE("a quote too short for the MAC says identifier and sequence") {
  const Packet whole = v4_error();
  for (std::size_t length = 20 + 8 + 20 + 8; length < 20 + 8 + 20 + 28; ++length) {
    CAPTURE(length);
    const Answer answer = read(IpFamily::v4, cut(whole, length));
    CHECK(answer.kind == AnswerKind::short_quote);
    CHECK(answer.identifier == kId);
    CHECK(answer.sequence == sequence());
    CHECK(answer.to == Address::v4(kThem));
    CHECK(answer.icmp == IcmpErrorCode{3, 13});
    CHECK(answer.number == TargetNumber{});
  }
  CHECK(read(IpFamily::v4, cut(whole, 20 + 8 + 20 + 7)).kind == AnswerKind::stray);
}

TEST_CASE("a reply too short for the MAC is forged") {
  for (std::size_t length = 8; length < 28; ++length) {
    CHECK(read(IpFamily::v6, cut(v6_reply(), length)).kind == AnswerKind::forged);
  }
  CHECK(read(IpFamily::v6, cut(v6_reply(), 7)).kind == AnswerKind::stray);
}

TEST_CASE("any flipped bit of identifier, sequence or tag is never believed") {
  const struct {
    IpFamily family;
    Packet packet;
    std::size_t echo;
  } rows[] = {{IpFamily::v4, v4_reply(), 20},
              {IpFamily::v4, v4_error(), 20 + 8 + 20},
              {IpFamily::v6, v6_reply(), 0},
              {IpFamily::v6, v6_error(), 8 + 40}};
  for (const auto& row : rows) {
    for (std::size_t bit = (row.echo + 4) * 8; bit < (row.echo + kEchoHeadSize) * 8; ++bit) {
      Packet broken = row.packet;
      broken[bit / 8] = static_cast<std::uint8_t>(broken[bit / 8] ^ (1U << (bit % 8)));
      const AnswerKind kind = read(row.family, broken).kind;
      CAPTURE(bit);
      CHECK((kind == AnswerKind::forged || kind == AnswerKind::stray));
    }
  }
}

TEST_CASE("identifiers and protocols of others are stray") {
  CHECK(read(IpFamily::v4, joined({ipv4_header(1, kThem, kUs), echo_reply(IpFamily::v4, 0x1247, 1, tag())})).kind ==
        AnswerKind::stray);
  Packet quotes_udp = v4_error();
  quotes_udp[20 + 8 + 9] = 17;
  CHECK(read(IpFamily::v4, quotes_udp).kind == AnswerKind::stray);
  CHECK(read(IpFamily::v4, {}).kind == AnswerKind::stray);
  CHECK(read(IpFamily::v6, {}).kind == AnswerKind::stray);
  CHECK(read(IpFamily::v4, joined({ipv4_header(1, kThem, kUs), echo_request(IpFamily::v4, kId, sequence(), tag())}))
            .kind == AnswerKind::stray);
}

TEST_CASE("another process's signature is forged") {
  const ReplySignature other(ReplySignature::Key{10});
  const std::uint64_t mac = other.sign(kNumber, kSlot, kId);
  const EchoTag foreign{kNumber.block, kNumber.place, kSlot, mac};
  CHECK(read(IpFamily::v6, echo_reply(IpFamily::v6, kId, sequence_of(mac), foreign)).kind == AnswerKind::forged);
}

}  // namespace
}  // namespace blipd
