#include "probes/wire/tcp_segment.h"

#include <array>

#include "tests/support/catch.h"
#include "tests/unit/wire/packets.h"

namespace blipd {
namespace {

using test::cut;
using test::from_hex;
using test::joined;
using test::Packet;

constexpr TcpSyn kSyn{20005, 443, 0xa1b2c3d4, 0x01020304};
constexpr std::uint32_t kUs = 0xc0000209;    // 192.0.2.9
constexpr std::uint32_t kThem = 0xcb007107;  // 203.0.113.7

Packet encoded(IpFamily family, const TcpSyn& syn = kSyn) {
  std::array<std::uint8_t, kTcpSynSize> out;
  out.fill(0xee);
  encode_tcp_syn(family, syn, tcp_syn_pseudo_sum(kUs, kThem), out);
  return {out.begin(), out.end()};
}

/// The checksum of RFC 9293 taken another way: all words of pseudo header and segment, the carry brought back at each
/// step. 0xffff if the segment holds its right checksum.
unsigned ones_complement_sum(std::uint32_t source, std::uint32_t destination, const Packet& segment) {
  Packet all(12);
  for (unsigned i = 0; i < 4; ++i) {
    all[i] = static_cast<std::uint8_t>(source >> (24 - 8 * i));
    all[4 + i] = static_cast<std::uint8_t>(destination >> (24 - 8 * i));
  }
  all[9] = 6;
  all[11] = static_cast<std::uint8_t>(segment.size());
  all.insert(all.end(), segment.begin(), segment.end());
  unsigned sum = 0;
  for (std::size_t i = 0; i < all.size(); i += 2) {
    sum += all[i] * 256U + all[i + 1];
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

TEST_CASE("an IPv4 SYN byte for byte, with the options and the order of Linux") {
  CHECK(encoded(IpFamily::v4) == from_hex("4e25 01bb a1b2c3d4 00000000 a0 02 faf0 9590 0000"
                                          "020405b4 0402 080a 01020304 00000000 01 030307"));
}

TEST_CASE("an IPv6 SYN has the smaller MSS and leaves the checksum to the kernel") {
  CHECK(encoded(IpFamily::v6) == from_hex("4e25 01bb a1b2c3d4 00000000 a0 02 faf0 0000 0000"
                                          "020405a0 0402 080a 01020304 00000000 01 030307"));
}

TEST_CASE("the checksum of an IPv4 SYN holds for any content and any addresses") {
  std::uint32_t x = 12345;
  const auto next = [&x] { return x = x * 1664525U + 1013904223U; };
  for (int i = 0; i < 2000; ++i) {
    const std::uint32_t source = next();
    const std::uint32_t destination = next();
    const TcpSyn syn{static_cast<std::uint16_t>(next() >> 16U), static_cast<std::uint16_t>(next() >> 16U), next(),
                     next()};
    std::array<std::uint8_t, kTcpSynSize> out;
    encode_tcp_syn(IpFamily::v4, syn, tcp_syn_pseudo_sum(source, destination), out);
    REQUIRE(ones_complement_sum(source, destination, {out.begin(), out.end()}) == 0xffff);
  }
  // Words that sum to all ones carry a checksum of zero.
  CHECK(ones_complement_sum(0xffffffff, 0xffffffff, Packet(40)) == 6 + 40);
}

const Packet kSynAck = from_hex("01bb 4e25 00112233 a1b2c3d5 60 12 faf0 0000 0000 020405b4");
constexpr TcpSegment kDecoded{443, 20005, 0x00112233, 0xa1b2c3d5, kTcpSyn | kTcpAck};

TEST_CASE("a segment is read up to its flags, with or without options and data") {
  CHECK(decode_tcp_segment(kSynAck) == kDecoded);
  CHECK(decode_tcp_segment(joined({kSynAck, Packet(30)})) == kDecoded);
  const Packet reset = from_hex("01bb 4e25 00000000 a1b2c3d5 50 14 0000 0000 0000");
  CHECK(decode_tcp_segment(reset) == TcpSegment{443, 20005, 0, 0xa1b2c3d5, kTcpRst | kTcpAck});
}

TEST_CASE("an encoded SYN comes back from both decoders") {
  for (const IpFamily family : {IpFamily::v4, IpFamily::v6}) {
    CHECK(decode_tcp_segment(encoded(family)) == TcpSegment{20005, 443, 0xa1b2c3d4, 0, kTcpSyn});
    CHECK(decode_tcp_quote(encoded(family)) == TcpQuote{20005, 443, 0xa1b2c3d4});
  }
}

TEST_CASE("a segment cut anywhere in its header or its options is refused") {
  for (std::size_t length = 0; length <= kSynAck.size(); ++length) {
    CAPTURE(length);
    CHECK(decode_tcp_segment(cut(kSynAck, length)).has_value() == (length == kSynAck.size()));
    CHECK(decode_tcp_quote(cut(kSynAck, length)).has_value() == (length >= 8));
  }
}

TEST_CASE("a header length below 20 or beyond the segment is refused") {
  for (unsigned words = 0; words < 16; ++words) {
    Packet segment = kSynAck;
    segment[12] = static_cast<std::uint8_t>(words << 4U);
    CAPTURE(words);
    CHECK(decode_tcp_segment(segment).has_value() == (words == 5 || words == 6));
  }
}

TEST_CASE("every flipped bit of ports, numbers and flags shows in what is decoded") {
  for (std::size_t bit = 0; bit < kTcpHeaderSize * 8; ++bit) {
    Packet broken = kSynAck;
    broken[bit / 8] = static_cast<std::uint8_t>(broken[bit / 8] ^ (1U << (bit % 8)));
    CAPTURE(bit);
    const bool read = bit / 8 < 12 || bit / 8 == 13;
    if (bit / 8 != 12) CHECK((decode_tcp_segment(broken) == kDecoded) == !read);
    CHECK((decode_tcp_quote(broken) == TcpQuote{443, 20005, 0x00112233}) == (bit / 8 >= 8));
  }
}

}  // namespace
}  // namespace blipd
