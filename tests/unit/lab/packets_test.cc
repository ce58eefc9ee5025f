#include "tests/lab/packets.h"

#include "tests/support/catch.h"
#include "tests/unit/lab/request.h"

namespace blipd::lab {
namespace {

constexpr const char* kVantage = "198.51.100.9";
constexpr const char* kHost = "198.18.1.3";
constexpr const char* kVantage6 = "2001:db8:ffff::9";
constexpr const char* kHost6 = "2001:db8:1::3";

// Whether the ICMP checksum, and for IPv4 that of the header, is right.
bool checksums_right(const Bytes& packet) {
  const Bytes icmp = icmp_of(packet);
  if (packet[0] >> 4 == 4) {
    return internet_checksum(std::span(packet).first(20)) == 0 && internet_checksum(icmp) == 0;
  }
  Bytes pseudo(packet.begin() + 8, packet.begin() + 40);
  pseudo.insert(pseudo.end(), {0, 0, 0, static_cast<std::uint8_t>(icmp.size()), 0, 0, 0, 58});
  pseudo.insert(pseudo.end(), icmp.begin(), icmp.end());
  return internet_checksum(pseudo) == 0;
}

TEST_CASE("the checksum agrees with the worked example of RFC 1071") {
  const Bytes bytes{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  CHECK(internet_checksum(bytes) == static_cast<std::uint16_t>(~0xddf2U));
  CHECK(internet_checksum(Bytes{0x01}) == static_cast<std::uint16_t>(~0x0100U));
}

TEST_CASE("an echo request is recognised, whole and with a right checksum only") {
  const bool v6 = GENERATE(false, true);
  const Bytes good = v6 ? echo_request(kVantage6, kHost6) : echo_request(kVantage, kHost);
  const ParsedPacket parsed = parse_packet(good);
  CHECK(parsed.kind == PacketKind::echo_request);
  CHECK(parsed.source.to_string() == (v6 ? kVantage6 : kVantage));
  CHECK(parsed.destination.to_string() == (v6 ? kHost6 : kHost));
  CHECK(parsed.size == good.size());

  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(parse_packet(std::span(good).first(size)).kind == PacketKind::other);
  }
  Bytes wrong = good;
  wrong.back() ^= 1;
  CHECK(parse_packet(wrong).kind == PacketKind::bad_checksum);
  Bytes padded = good;
  padded.push_back(0);
  CHECK(parse_packet(padded).size == good.size());
}

TEST_CASE("fragments and other protocols are left alone") {
  Bytes fragment = echo_request(kVantage, kHost);
  fragment[6] = 0x20;
  CHECK(parse_packet(fragment).kind == PacketKind::other);
  Bytes udp = echo_request(kVantage, kHost);
  udp[9] = 17;
  CHECK(parse_packet(udp).kind == PacketKind::other);
  Bytes unfragmentable = echo_request(kVantage, kHost);
  unfragmentable[6] = 0x40;
  CHECK(parse_packet(unfragmentable).kind == PacketKind::echo_request);
}

TEST_CASE("no flipped bit makes the parser read beyond the packet") {
  for (const Bytes& good : {echo_request(kVantage, kHost), echo_request(kVantage6, kHost6)}) {
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      Bytes flipped = good;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
      const ParsedPacket parsed = parse_packet(flipped);
      CHECK(parsed.size <= flipped.size());
    }
  }
}

TEST_CASE("a reply swaps the addresses and returns the rest") {
  const bool v6 = GENERATE(false, true);
  const Bytes request = v6 ? echo_request(kVantage6, kHost6) : echo_request(kVantage, kHost);
  const ParsedPacket parsed = parse_packet(request);
  const Bytes reply = echo_reply(request, parsed, parsed.destination);
  REQUIRE(reply.size() == request.size());
  CHECK(source_of(reply) == (v6 ? kHost6 : kHost));
  CHECK(destination_of(reply) == (v6 ? kVantage6 : kVantage));
  CHECK(checksums_right(reply));
  const Bytes sent = icmp_of(request);
  const Bytes got = icmp_of(reply);
  CHECK(got[0] == (v6 ? 129 : 0));
  CHECK(Bytes(got.begin() + 4, got.end()) == Bytes(sent.begin() + 4, sent.end()));
}

TEST_CASE("a forged reply differs in the signature alone and has a right checksum") {
  const Bytes request = echo_request(kVantage, kHost);
  const ParsedPacket parsed = parse_packet(request);
  const Bytes forged = forged_reply(request, parsed);
  CHECK(source_of(forged) == kHost);
  CHECK(checksums_right(forged));
  const Bytes sent = icmp_of(request);
  const Bytes got = icmp_of(forged);
  for (std::size_t i = 4; i < sent.size(); ++i) {
    const bool signature = i >= 8 + kForgedFirst && i <= 8 + kForgedLast;
    CHECK((sent[i] != got[i]) == signature);
  }
}

TEST_CASE("a forged reply to a short payload still differs") {
  const Bytes request = echo_request(kVantage, kHost, 1, 4);
  const Bytes got = icmp_of(forged_reply(request, parse_packet(request)));
  CHECK(got.back() == static_cast<std::uint8_t>(~icmp_of(request).back()));
}

TEST_CASE("an error quotes what it is told to, cut where a router must") {
  struct Row {
    bool v6;
    std::size_t payload;
    std::size_t quote;
    std::size_t icmp_size;
  };
  const auto row = GENERATE(Row{false, 32, 8, 8 + 20 + 8}, Row{false, 32, SIZE_MAX, 8 + 20 + 40},
                            Row{true, 32, 8, 8 + 40 + 8}, Row{true, 32, SIZE_MAX, 8 + 40 + 40});
  const Bytes request = row.v6 ? echo_request(kVantage6, kHost6) : echo_request(kVantage, kHost);
  const Ip router = *Ip::parse(row.v6 ? "2001:db8::fe" : "198.18.0.254");
  const Bytes error = icmp_error(request, parse_packet(request), router, row.v6 ? 1 : 3, row.v6 ? 3 : 1, row.quote);
  CHECK(source_of(error) == router.to_string());
  CHECK(destination_of(error) == (row.v6 ? kVantage6 : kVantage));
  CHECK(checksums_right(error));
  const Bytes icmp = icmp_of(error);
  REQUIRE(icmp.size() == row.icmp_size);
  CHECK(icmp[0] == (row.v6 ? 1 : 3));
  CHECK(icmp[1] == (row.v6 ? 3 : 1));
  CHECK(Bytes(icmp.begin() + 8, icmp.end()) ==
        Bytes(request.begin(), request.begin() + static_cast<std::ptrdiff_t>(icmp.size() - 8)));
}

}  // namespace
}  // namespace blipd::lab
