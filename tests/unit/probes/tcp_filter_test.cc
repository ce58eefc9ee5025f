#include "probes/tcp_filter.h"

#include <optional>
#include <random>
#include <vector>

#include "probes/tcp_answer.h"
#include "tests/support/catch.h"
#include "tests/unit/probes/tcp_packets.h"

namespace blipd {
namespace {

using namespace test;

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
    const unsigned kind = op.code & 0x07U;
    std::optional<std::uint32_t> loaded = a;
    if (kind == BPF_RET) return op.k != 0;
    if (kind == BPF_LD) {
      const std::size_t size = (op.code & 0x18U) == BPF_B ? 1 : 2;
      loaded = load((op.code & 0xe0U) == BPF_IND ? x + op.k : op.k, size);
    } else if (kind == BPF_JMP) {
      const unsigned comparison = op.code & 0xf0U;
      const bool holds = comparison == BPF_JEQ   ? a == op.k
                         : comparison == BPF_JGE ? a >= op.k
                         : comparison == BPF_JGT ? a > op.k
                                                 : (a & op.k) != 0;
      pc += holds ? op.jt : op.jf;
    } else if (op.code == (BPF_LDX | BPF_B | BPF_MSH)) {
      if (!load(op.k, 1)) return false;
      x = 4 * (*load(op.k, 1) & 0xf);
      // BPF_W and BPF_IMM are both 0 and both meant. NOLINTNEXTLINE(misc-redundant-expression)
    } else if (op.code == (BPF_LDX | BPF_W | BPF_IMM)) {
      x = op.k;
    } else if (op.code == (BPF_ALU | BPF_AND | BPF_K)) {
      loaded = a & op.k;
    } else if (op.code == (BPF_ALU | BPF_LSH | BPF_K)) {
      loaded = a << op.k;
    } else if (op.code == (BPF_ALU | BPF_ADD | BPF_X)) {
      loaded = a + x;
    } else if (op.code == (BPF_MISC | BPF_TAX)) {
      x = a;
    } else {
      FAIL("unknown instruction " << op.code);
    }
    if (!loaded) return false;
    a = *loaded;
  }
  FAIL("the program has no end");
  return false;
}

const TcpFlows kFlows(20000, ReplySignature(ReplySignature::Key{1}));

bool accepts4(const Packet& packet) { return accepts(tcpv4_filter(kFlows), packet); }
bool accepts6(const Packet& packet) { return accepts(tcpv6_filter(kFlows), packet); }
bool error_accepted4(const Packet& packet) { return accepts(tcp_error_v4_filter(kFlows), packet); }
bool error_accepted6(const Packet& packet) { return accepts(tcp_error_v6_filter(kFlows), packet); }

Packet syn_from(std::uint16_t port, IpFamily family) { return quoted_syn(family, {port, 443, 77, 1}); }

TEST_CASE("segments to our ports pass, to others' and our own SYNs do not") {
  for (const unsigned port : {19999U, 20000U, 20128U, 20129U, 20257U, 20258U, 0U, 65535U, 443U}) {
    const auto to = static_cast<std::uint16_t>(port);
    CAPTURE(port);
    for (const std::uint8_t flags : {kSynAckFlags, kResetFlags}) {
      const Packet answer = segment(443, to, 5, flags);
      for (const Packet& options : {Packet{}, Packet(12, 1), Packet(40, 1)}) {
        CHECK(accepts4(joined({ipv4_header(6, 1, 2, options), answer})) == kFlows.owns(to));
      }
      CHECK(accepts6(answer) == kFlows.owns(to));
    }
  }
  CHECK_FALSE(accepts4(joined({ipv4_header(6, 1, 2), syn_from(20000, IpFamily::v4)})));
  CHECK_FALSE(accepts6(syn_from(20000, IpFamily::v6)));
  CHECK_FALSE(accepts4(joined({ipv4_header(6, 1, 2, {}, 64, 1), segment(443, 20001, 5, kSynAckFlags)})));
}

TEST_CASE("of all flags ACK with SYN or RST passes") {
  for (unsigned flags = 0; flags < 256; ++flags) {
    const Packet answer = segment(443, 20001, 5, static_cast<std::uint8_t>(flags));
    const bool expected = (flags & kTcpAck) != 0 && (flags & (kTcpSyn | kTcpRst)) != 0;
    CAPTURE(flags);
    CHECK(accepts6(answer) == expected);
    CHECK(accepts4(joined({ipv4_header(6, 1, 2), answer})) == expected);
  }
}

TEST_CASE("errors that quote our SYNs pass, whatever the header lengths") {
  for (unsigned type = 0; type < 256; ++type) {
    CAPTURE(type);
    const Packet header = icmp_error_header(static_cast<std::uint8_t>(type), 0);
    for (const Packet& options : {Packet{}, Packet(4, 1), Packet(40, 1)}) {
      const Packet quoted = joined({ipv4_header(6, 1, 2, options), cut(syn_from(20257, IpFamily::v4), 8)});
      const bool expected = type == 3 || type == 4 || type == 11 || type == 12;
      CHECK(error_accepted4(joined({ipv4_header(1, 3, 2, Packet(8, 1)), header, quoted})) == expected);
    }
    const Packet syn = syn_from(20000, IpFamily::v6);
    const bool expected = type >= 1 && type <= 4;
    CHECK(error_accepted6(joined({header, ipv6_header(6), syn})) == expected);
    CHECK(error_accepted6(joined({header, ipv6_header(44), fragment_header(6, 1), syn})) == expected);
  }
}

TEST_CASE("quotes from others' ports, of other protocols, of later fragments and too short ones do not pass") {
  const auto error4 = [](const Packet& header, const Packet& quoted) {
    return joined({ipv4_header(1, 3, 2), icmp_error_header(3, 1), header, quoted});
  };
  const Packet ours4 = syn_from(20100, IpFamily::v4);
  CHECK(error_accepted4(error4(ipv4_header(6, 1, 2), ours4)));
  CHECK_FALSE(error_accepted4(error4(ipv4_header(17, 1, 2), ours4)));
  CHECK_FALSE(error_accepted4(error4(ipv4_header(6, 1, 2, {}, 64, 1), ours4)));
  CHECK_FALSE(error_accepted4(error4(ipv4_header(6, 1, 2), syn_from(19999, IpFamily::v4))));
  CHECK_FALSE(error_accepted4(error4(ipv4_header(6, 1, 2), segment(443, 20100, 5, kSynAckFlags))));
  CHECK_FALSE(error_accepted4(error4(ipv4_header(6, 1, 2), cut(ours4, 7))));
  const auto error6 = [](const Packet& header, const Packet& quoted) {
    return joined({icmp_error_header(1, 1), header, quoted});
  };
  const Packet ours6 = syn_from(20100, IpFamily::v6);
  CHECK(error_accepted6(error6(ipv6_header(6), ours6)));
  CHECK_FALSE(error_accepted6(error6(ipv6_header(17), ours6)));
  CHECK_FALSE(error_accepted6(error6(joined({ipv6_header(44), fragment_header(6, 8)}), ours6)));
  CHECK_FALSE(error_accepted6(error6(joined({ipv6_header(44), fragment_header(17, 0)}), ours6)));
  CHECK_FALSE(error_accepted6(error6(ipv6_header(6), syn_from(20258, IpFamily::v6))));
  CHECK_FALSE(error_accepted6(error6(ipv6_header(6), cut(ours6, 7))));
}

using Read = Answer (*)(IpFamily, const ReceivedPacket&, const TcpFlows&);

void check_agreement(const Packet& packet, IpFamily family, Read read, bool (*accepted)(const Packet&)) {
  std::mt19937 random(1);
  int used = 0;
  for (int i = 0; i < 10000; ++i) {
    Packet broken = packet;
    if (i % 2 == 0) broken.resize(random() % (packet.size() + 1));
    const unsigned flips = random() % 4;
    for (unsigned f = 0; f < flips && !broken.empty(); ++f) {
      broken[random() % broken.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    }
    if (read(family, {broken, {}, 0, {}}, kFlows).kind == AnswerKind::stray) continue;
    ++used;
    CAPTURE(i);
    CHECK(accepted(broken));
  }
  CHECK(used > 100);
}

TEST_CASE("no answer to a SYN that a decoder would use is kept out, cut or flipped as it may be") {
  const Packet answer = segment(443, 20200, 5, kSynAckFlags);
  check_agreement(joined({ipv4_header(6, kThem, kUs, Packet(4, 1)), answer}), IpFamily::v4, read_tcp_answer, accepts4);
  check_agreement(answer, IpFamily::v6, read_tcp_answer, accepts6);
  check_agreement(joined({ipv4_header(1, 3, 2), icmp_error_header(3, 1), ipv4_header(6, 1, 2, Packet(4, 1)),
                          syn_from(20200, IpFamily::v4)}),
                  IpFamily::v4, read_tcp_error, error_accepted4);
  check_agreement(
      joined({icmp_error_header(1, 1), ipv6_header(44), fragment_header(6, 0), syn_from(20200, IpFamily::v6)}),
      IpFamily::v6, read_tcp_error, error_accepted6);
}

}  // namespace
}  // namespace blipd
