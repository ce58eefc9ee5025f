#include "probes/wire/icmp_echo.h"

#include <array>

#include "probes/wire/checksum.h"
#include "tests/support/catch.h"
#include "tests/unit/wire/packets.h"

namespace blipd {
namespace {

using test::cut;
using test::echo_reply;
using test::echo_request;
using test::from_hex;
using test::joined;
using test::Packet;

constexpr EchoTag kTag{1, 0x20, 0xa0b0c0d0, 0xfedcba9876543210};

Packet encoded(IpFamily family, std::uint64_t tail_sum) {
  std::array<std::uint8_t, kEchoHeadSize> head;
  head.fill(0xee);
  encode_echo_request(family, 0x1235, 0x3210, kTag, tail_sum, head);
  return {head.begin(), head.end()};
}

TEST_CASE("an IPv4 echo request byte for byte, its checksum over head and tail") {
  const Packet tail = from_hex("00 6d61696c746f3a6140622e6578616d706c65 00 00000000000000000000000000000000");
  const Packet head = encoded(IpFamily::v4, checksum_sum(tail));
  CHECK(head == from_hex("0800 52f7 1235 3210 00000001 00000020 a0b0c0d0 fedcba9876543210"));
  CHECK(checksum(joined({head, tail})) == 0);
}

TEST_CASE("an ICMPv6 echo request leaves the checksum to the kernel") {
  CHECK(encoded(IpFamily::v6, 0x1234) == from_hex("8000 0000 1235 3210 00000001 00000020 a0b0c0d0 fedcba9876543210"));
}

TEST_CASE("what was encoded comes back") {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    const Echo expected{0x1235, 0x3210, kTag};
    CHECK(decode_echo_request(family, echo_request(family, 0x1235, 0x3210, kTag)) == expected);
    CHECK(decode_echo_reply(family, echo_reply(family, 0x1235, 0x3210, kTag)) == expected);
  }
}

TEST_CASE("requests and replies, families and codes are told apart") {
  const Packet request = echo_request(IpFamily::v4, 1, 2, kTag);
  CHECK_FALSE(decode_echo_reply(IpFamily::v4, request));
  CHECK_FALSE(decode_echo_request(IpFamily::v6, request));
  const Packet reply = echo_reply(IpFamily::v6, 1, 2, kTag);
  CHECK_FALSE(decode_echo_request(IpFamily::v6, reply));
  CHECK_FALSE(decode_echo_reply(IpFamily::v4, reply));
  Packet with_code = echo_reply(IpFamily::v4, 1, 2, kTag);
  with_code[1] = 1;
  CHECK_FALSE(decode_echo_reply(IpFamily::v4, with_code));
}

TEST_CASE("a message cut anywhere is refused before the sequence and has no tag before the MAC's end") {
  const Packet reply = echo_reply(IpFamily::v4, 0x1235, 0x3210, kTag);
  for (std::size_t length = 0; length <= reply.size(); ++length) {
    const std::optional<Echo> echo = decode_echo_reply(IpFamily::v4, cut(reply, length));
    CAPTURE(length);
    REQUIRE(echo.has_value() == (length >= 8));
    if (!echo) continue;
    CHECK(echo->identifier == 0x1235);
    CHECK(echo->tag.has_value() == (length >= 28));
  }
}

TEST_CASE("every flipped bit of the head but the checksum's shows in what is decoded") {
  const Packet reply = echo_reply(IpFamily::v4, 0x1235, 0x3210, kTag);
  const Echo expected{0x1235, 0x3210, kTag};
  for (std::size_t bit = 0; bit < kEchoHeadSize * 8; ++bit) {
    Packet broken = reply;
    broken[bit / 8] = static_cast<std::uint8_t>(broken[bit / 8] ^ (1U << (bit % 8)));
    const bool in_checksum = bit / 8 == 2 || bit / 8 == 3;
    CAPTURE(bit);
    CHECK((decode_echo_reply(IpFamily::v4, broken) == expected) == in_checksum);
  }
}

}  // namespace
}  // namespace blipd
