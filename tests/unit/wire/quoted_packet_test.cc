#include "probes/wire/quoted_packet.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/unit/wire/packets.h"

namespace blipd {
namespace {

using test::cut;
using test::echo_request;
using test::fragment_header;
using test::from_hex;
using test::icmp_error_header;
using test::ipv4_header;
using test::ipv6_header;
using test::joined;
using test::Packet;

constexpr EchoTag kTag{3, 4, 5, 0x0102030405060708};
constexpr std::uint32_t kUs = 0xc0000201;
constexpr std::uint32_t kThem = 0xcb007107;

Packet v4_error(std::uint8_t type, const Packet& options = {}) {
  return joined({icmp_error_header(type, 1), ipv4_header(kProtocolIcmp, kUs, kThem, options),
                 echo_request(IpFamily::v4, 7, 8, kTag)});
}

TEST_CASE("an IPv4 error gives up its type, its code and the packet it quotes") {
  const Packet error = v4_error(3);
  const std::optional<QuotedPacket> quote = decode_icmpv4_error(error);
  REQUIRE(quote);
  CHECK(quote->type == 3);
  CHECK(quote->code == 1);
  CHECK(quote->packet.protocol == kProtocolIcmp);
  CHECK(quote->packet.hop_limit == 61);
  const Packet source = from_hex("00000000000000000000ffffc0000201");
  const Packet destination = from_hex("00000000000000000000ffffcb007107");
  CHECK(std::equal(source.begin(), source.end(), quote->packet.source.begin()));
  CHECK(std::equal(destination.begin(), destination.end(), quote->packet.destination.begin()));
  CHECK(decode_echo_request(IpFamily::v4, quote->packet.payload) == Echo{7, 8, kTag});
}

TEST_CASE("IPv4 options of any length are stepped over") {
  for (std::size_t words = 0; words <= 10; ++words) {
    const Packet error = v4_error(11, Packet(words * 4, 1));
    const std::optional<QuotedPacket> quote = decode_icmpv4_error(error);
    CAPTURE(words);
    REQUIRE(quote);
    CHECK(decode_echo_request(IpFamily::v4, quote->packet.payload) == Echo{7, 8, kTag});
  }
}

TEST_CASE("only the errors are errors") {
  for (unsigned type = 0; type < 256; ++type) {
    CAPTURE(type);
    const bool expected4 = type == 3 || type == 4 || type == 11 || type == 12;
    CHECK(decode_icmpv4_error(v4_error(static_cast<std::uint8_t>(type))).has_value() == expected4);
    const Packet v6 = joined({icmp_error_header(static_cast<std::uint8_t>(type), 0), ipv6_header(kProtocolIcmpV6)});
    CHECK(decode_icmpv6_error(v6).has_value() == (type >= 1 && type <= 4));
  }
}

TEST_CASE("a quote of a later fragment, of another IP version or of a short header is refused") {
  const auto with_header = [](const Packet& header) { return joined({icmp_error_header(3, 1), header}); };
  CHECK_FALSE(decode_icmpv4_error(with_header(ipv4_header(1, kUs, kThem, {}, 61, 0x2001))));
  CHECK(decode_icmpv4_error(with_header(ipv4_header(1, kUs, kThem, {}, 61, 0x2000))));
  Packet header = ipv4_header(1, kUs, kThem);
  header[0] = 0x65;
  CHECK_FALSE(decode_icmpv4_error(with_header(header)));
  header[0] = 0x44;
  CHECK_FALSE(decode_icmpv4_error(with_header(header)));
  header[0] = 0x46;
  CHECK_FALSE(decode_icmpv4_error(with_header(header)));
  CHECK_FALSE(decode_icmpv6_error(with_header(header)));
}

TEST_CASE("an ICMPv6 error quotes behind the IPv6 header or behind a first fragment's") {
  const Packet request = echo_request(IpFamily::v6, 7, 8, kTag);
  const Packet plain = joined({icmp_error_header(1, 4), ipv6_header(kProtocolIcmpV6), request});
  const Packet fragment =
      joined({icmp_error_header(2, 0), ipv6_header(44), fragment_header(kProtocolIcmpV6, 1), request});
  for (const Packet& error : {plain, fragment}) {
    const std::optional<QuotedPacket> quote = decode_icmpv6_error(error);
    REQUIRE(quote);
    CHECK(quote->packet.protocol == kProtocolIcmpV6);
    CHECK(quote->packet.hop_limit == 0x3e);
    CHECK(quote->packet.destination.back() == 2);
    CHECK(decode_echo_request(IpFamily::v6, quote->packet.payload) == Echo{7, 8, kTag});
  }
  CHECK_FALSE(decode_icmpv6_error(
      joined({icmp_error_header(2, 0), ipv6_header(44), fragment_header(kProtocolIcmpV6, 8), request})));
}

TEST_CASE("other IPv6 extension headers are not walked and leave their number") {
  const std::optional<QuotedPacket> quote = decode_icmpv6_error(
      joined({icmp_error_header(1, 0), ipv6_header(0), Packet(8), echo_request(IpFamily::v6, 7, 8, kTag)}));
  REQUIRE(quote);
  CHECK(quote->packet.protocol == 0);
}

TEST_CASE("an error cut anywhere yields a quote only if the quoted header is whole") {
  const Packet v4 = v4_error(3, Packet(8));
  for (std::size_t length = 0; length <= v4.size(); ++length) {
    CAPTURE(length);
    const std::optional<QuotedPacket> quote = decode_icmpv4_error(cut(v4, length));
    REQUIRE(quote.has_value() == (length >= 8 + 28));
    if (quote) CHECK(quote->packet.payload.size() == length - 36);
  }
  const Packet v6 = joined({icmp_error_header(1, 4), ipv6_header(44), fragment_header(58, 0), Packet(30)});
  for (std::size_t length = 0; length <= v6.size(); ++length) {
    CAPTURE(length);
    CHECK(decode_icmpv6_error(cut(v6, length)).has_value() == (length >= 8 + 40 + 8));
  }
}

TEST_CASE("no flipped bit reads outside the packet") {
  const auto flip_all = [](const Packet& packet, auto decode) {
    for (std::size_t bit = 0; bit < packet.size() * 8; ++bit) {
      Packet broken = packet;
      broken[bit / 8] = static_cast<std::uint8_t>(broken[bit / 8] ^ (1U << (bit % 8)));
      const std::optional<QuotedPacket> quote = decode(broken);
      if (!quote) continue;
      CHECK(quote->packet.payload.data() + quote->packet.payload.size() == broken.data() + broken.size());
    }
  };
  flip_all(v4_error(3, Packet(12)), [](const Packet& p) { return decode_icmpv4_error(p); });
  flip_all(joined({icmp_error_header(1, 4), ipv6_header(44), fragment_header(58, 0), Packet(30)}),
           [](const Packet& p) { return decode_icmpv6_error(p); });
}

}  // namespace
}  // namespace blipd
