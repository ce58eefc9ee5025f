#include "probes/icmp_filter.h"

#include <optional>
#include <random>
#include <vector>

#include "probes/icmp_answer.h"
#include "tests/support/catch.h"
#include "tests/unit/wire/packets.h"

namespace blipd {
namespace {

using test::echo_reply;
using test::echo_request;
using test::fragment_header;
using test::icmp_error_header;
using test::ipv4_header;
using test::ipv6_header;
using test::joined;
using test::Packet;

/// Runs the instructions that the filters use, as the kernel does; aborts the test on any other.
bool accepts(const std::vector<sock_filter>& program, const Packet& packet) {
  std::uint32_t a = 0;
  std::uint32_t x = 0;
  const auto load = [&](std::size_t at, std::size_t size) -> std::optional<std::uint32_t> {
    if (at + size > packet.size()) return std::nullopt;
    return size == 1 ? packet[at] : static_cast<std::uint32_t>(packet[at] << 8 | packet[at + 1]);
  };
  for (std::size_t pc = 0; pc < program.size(); ++pc) {
    const sock_filter& op = program[pc];
    std::optional<std::uint32_t> loaded = a;
    switch (op.code) {
      case BPF_LD | BPF_B | BPF_ABS:
        loaded = load(op.k, 1);
        break;
      case BPF_LD | BPF_H | BPF_ABS:
        loaded = load(op.k, 2);
        break;
      case BPF_LD | BPF_B | BPF_IND:
        loaded = load(x + op.k, 1);
        break;
      case BPF_LD | BPF_H | BPF_IND:
        loaded = load(x + op.k, 2);
        break;
      case BPF_LDX | BPF_B | BPF_MSH:
        if (!load(op.k, 1)) return false;
        x = 4 * (*load(op.k, 1) & 0xf);
        break;
      // BPF_W and BPF_IMM are both 0 and both meant. NOLINTNEXTLINE(misc-redundant-expression)
      case BPF_LDX | BPF_W | BPF_IMM:
        x = op.k;
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        loaded = a & op.k;
        break;
      case BPF_ALU | BPF_LSH | BPF_K:
        loaded = a << op.k;
        break;
      case BPF_ALU | BPF_ADD | BPF_X:
        loaded = a + x;
        break;
      case BPF_MISC | BPF_TAX:
        x = a;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        pc += a == op.k ? op.jt : op.jf;
        break;
      case BPF_RET | BPF_K:
        return op.k != 0;
      default:
        FAIL("unknown instruction " << op.code);
    }
    if (!loaded) return false;
    a = *loaded;
  }
  FAIL("the program has no end");
  return false;
}

const IcmpIdentifiers kIdentifiers(0x1230);
constexpr EchoTag kTag{1, 2, 3, 4};

bool accepts4(const Packet& packet) { return accepts(icmpv4_filter(kIdentifiers), packet); }
bool accepts6(const Packet& packet) { return accepts(icmpv6_filter(kIdentifiers), packet); }

TEST_CASE("replies to our identifiers pass, others' and our own requests do not") {
  for (unsigned id : {0x1230U, 0x1237U, 0x123fU, 0x122fU, 0x1240U, 0x3012U, 0U}) {
    const auto identifier = static_cast<std::uint16_t>(id);
    CAPTURE(id);
    for (const Packet& options : {Packet{}, Packet(12), Packet(40)}) {
      const Packet outer = ipv4_header(1, 1, 2, options);
      CHECK(accepts4(joined({outer, echo_reply(IpFamily::v4, identifier, 9, kTag)})) == kIdentifiers.owns(identifier));
      CHECK_FALSE(accepts4(joined({outer, echo_request(IpFamily::v4, identifier, 9, kTag)})));
    }
    CHECK(accepts6(echo_reply(IpFamily::v6, identifier, 9, kTag)) == kIdentifiers.owns(identifier));
    CHECK_FALSE(accepts6(echo_request(IpFamily::v6, identifier, 9, kTag)));
  }
}

TEST_CASE("errors that quote our requests pass, whatever the header lengths") {
  for (unsigned type = 0; type < 256; ++type) {
    CAPTURE(type);
    const auto t = static_cast<std::uint8_t>(type);
    for (const Packet& options : {Packet{}, Packet(4), Packet(40)}) {
      const Packet quoted = joined({ipv4_header(1, 1, 2, options), echo_request(IpFamily::v4, 0x1238, 9, kTag)});
      const bool expected = type == 3 || type == 4 || type == 11 || type == 12;
      // An echo reply (type 0) has its identifier where an error has what the type uses, here 0.
      CHECK(accepts4(joined({ipv4_header(1, 3, 2, Packet(8)), icmp_error_header(t, 0), quoted})) == expected);
    }
    const Packet request = echo_request(IpFamily::v6, 0x1238, 9, kTag);
    const bool expected = type >= 1 && type <= 4;
    CHECK(accepts6(joined({icmp_error_header(t, 0), ipv6_header(58), request})) == expected);
    CHECK(accepts6(joined({icmp_error_header(t, 0), ipv6_header(44), fragment_header(58, 1), request})) == expected);
  }
}

TEST_CASE("quotes of others, of other protocols, of replies and of later fragments do not pass") {
  const Packet ours4 = echo_request(IpFamily::v4, 0x1238, 9, kTag);
  const auto error4 = [](const Packet& header, const Packet& message) {
    return joined({ipv4_header(1, 3, 2), icmp_error_header(3, 1), header, message});
  };
  CHECK(accepts4(error4(ipv4_header(1, 1, 2), ours4)));
  CHECK_FALSE(accepts4(error4(ipv4_header(17, 1, 2), ours4)));
  CHECK_FALSE(accepts4(error4(ipv4_header(1, 1, 2, {}, 64, 1), ours4)));
  CHECK_FALSE(accepts4(error4(ipv4_header(1, 1, 2), echo_request(IpFamily::v4, 0x2238, 9, kTag))));
  CHECK_FALSE(accepts4(error4(ipv4_header(1, 1, 2), echo_reply(IpFamily::v4, 0x1238, 9, kTag))));
  const Packet ours6 = echo_request(IpFamily::v6, 0x1238, 9, kTag);
  const auto error6 = [](const Packet& header, const Packet& message) {
    return joined({icmp_error_header(1, 1), header, message});
  };
  CHECK(accepts6(error6(ipv6_header(58), ours6)));
  CHECK_FALSE(accepts6(error6(ipv6_header(17), ours6)));
  CHECK_FALSE(accepts6(error6(joined({ipv6_header(44), fragment_header(58, 8)}), ours6)));
  CHECK_FALSE(accepts6(error6(joined({ipv6_header(44), fragment_header(17, 0)}), ours6)));
  CHECK_FALSE(accepts6(error6(ipv6_header(58), echo_request(IpFamily::v6, 0x1248, 9, kTag))));
  CHECK_FALSE(accepts6(error6(ipv6_header(58), echo_reply(IpFamily::v6, 0x1238, 9, kTag))));
}

TEST_CASE("no packet that the decoder would use is kept out, cut or flipped as it may be") {
  const ReplySignature signature(ReplySignature::Key{1});
  const Packet error4 = joined({ipv4_header(1, 3, 2), icmp_error_header(3, 1), ipv4_header(1, 1, 2, Packet(4)),
                                echo_request(IpFamily::v4, 0x1238, 9, kTag)});
  const Packet error6 = joined(
      {icmp_error_header(1, 1), ipv6_header(44), fragment_header(58, 0), echo_request(IpFamily::v6, 0x1238, 9, kTag)});
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    const bool v4 = i % 2 == 0;
    Packet packet = v4 ? error4 : error6;
    packet.resize(random() % (packet.size() + 1));
    const unsigned flips = random() % 4;
    for (unsigned f = 0; f < flips && !packet.empty(); ++f) {
      packet[random() % packet.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    }
    const Answer answer =
        read_icmp_answer(v4 ? IpFamily::v4 : IpFamily::v6, {packet, {}, 0, {}}, kIdentifiers, signature);
    if (answer.kind == AnswerKind::stray) continue;
    CAPTURE(i);
    CHECK((v4 ? accepts4(packet) : accepts6(packet)));
  }
}

}  // namespace
}  // namespace blipd
