#include "probes/tcp_filter.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "probes/wire/ip_header.h"
#include "probes/wire/tcp_segment.h"

// A load beyond the end of the packet ends a program with "drop", so that lengths need no test.

namespace blipd {
namespace {

using Program = std::vector<sock_filter>;

constexpr std::uint32_t kWholePacket = 0xffffffff;
constexpr std::uint32_t kErrorHeader = 8;
constexpr std::uint32_t kFragmentHeader = 44;

constexpr sock_filter statement(unsigned code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}
constexpr sock_filter load_byte(std::uint32_t offset) { return statement(BPF_LD | BPF_B | BPF_ABS, offset); }
constexpr sock_filter load_half(std::uint32_t offset) { return statement(BPF_LD | BPF_H | BPF_ABS, offset); }
constexpr sock_filter load_byte_at_x(std::uint32_t offset) { return statement(BPF_LD | BPF_B | BPF_IND, offset); }
constexpr sock_filter load_half_at_x(std::uint32_t offset) { return statement(BPF_LD | BPF_H | BPF_IND, offset); }
// BPF_W and BPF_IMM are both 0 and both meant. NOLINTNEXTLINE(misc-redundant-expression)
constexpr sock_filter set_x(std::uint32_t value) { return statement(BPF_LDX | BPF_W | BPF_IMM, value); }
constexpr sock_filter ip_header_length_to_x() { return statement(BPF_LDX | BPF_B | BPF_MSH, 0); }
constexpr sock_filter mask(std::uint32_t bits) { return statement(BPF_ALU | BPF_AND | BPF_K, bits); }
constexpr sock_filter drop() { return statement(BPF_RET | BPF_K, 0); }
constexpr sock_filter accept() { return statement(BPF_RET | BPF_K, kWholePacket); }
constexpr sock_filter jump(unsigned comparison, std::uint32_t value, std::size_t if_true, std::size_t if_false) {
  return {static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), static_cast<std::uint8_t>(if_true),
          static_cast<std::uint8_t>(if_false), value};
}

Program joined(std::initializer_list<Program> parts) {
  Program program;
  for (const Program& part : parts) program.insert(program.end(), part.begin(), part.end());
  return program;
}

// Each goes on if the accumulator is as its name says, else drops.
Program require_equal(std::uint32_t value) { return {jump(BPF_JEQ, value, 1, 0), drop()}; }
Program require_between(std::uint32_t least, std::uint32_t most) {
  return {jump(BPF_JGE, least, 1, 0), drop(), jump(BPF_JGT, most, 0, 1), drop()};
}
Program require_any_bit(std::uint32_t bits) { return {jump(BPF_JSET, bits, 1, 0), drop()}; }
Program require_one_of(std::initializer_list<std::uint32_t> values) {
  Program program;
  std::size_t left = values.size();
  // A match skips the comparisons that are left and the drop behind them.
  for (const std::uint32_t value : values) program.push_back(jump(BPF_JEQ, value, left--, 0));
  program.push_back(drop());
  return program;
}

/// Runs `branch` if the accumulator is `value`, else skips it.
Program when(std::uint32_t value, const Program& branch) {
  return joined({{jump(BPF_JEQ, value, 0, branch.size())}, branch});
}

/// Ends the program: the segment at X.
Program judge_segment(const TcpFlows& flows) {
  return joined({{load_half_at_x(2)},
                 require_between(flows.first_port(), flows.last_port()),
                 {load_byte_at_x(13)},
                 require_any_bit(kTcpAck),
                 require_any_bit(kTcpSyn | kTcpRst),
                 {accept()}});
}

/// Ends the program: the quoted segment at X + `base`. Its sequence number must be there.
Program judge_quote(std::uint32_t base, const TcpFlows& flows) {
  return joined({{load_half_at_x(base)},
                 require_between(flows.first_port(), flows.last_port()),
                 {load_byte_at_x(base + 7), accept()}});
}

}  // namespace

std::vector<sock_filter> tcpv4_filter(const TcpFlows& flows) {
  return joined({{load_half(6), mask(0x1fff)}, require_equal(0), {ip_header_length_to_x()}, judge_segment(flows)});
}

std::vector<sock_filter> tcpv6_filter(const TcpFlows& flows) { return joined({{set_x(0)}, judge_segment(flows)}); }

std::vector<sock_filter> tcp_error_v4_filter(const TcpFlows& flows) {
  const Program quoted_header_length_onto_x{load_byte_at_x(kErrorHeader), mask(0x0f),
                                            statement(BPF_ALU | BPF_LSH | BPF_K, 2),
                                            statement(BPF_ALU | BPF_ADD | BPF_X, 0), statement(BPF_MISC | BPF_TAX, 0)};
  return joined({{ip_header_length_to_x(), load_byte_at_x(0)},
                 require_one_of({3, 4, 11, 12}),
                 {load_byte_at_x(kErrorHeader + 9)},
                 require_equal(kProtocolTcp),
                 {load_half_at_x(kErrorHeader + 6), mask(0x1fff)},
                 require_equal(0),
                 quoted_header_length_onto_x,
                 judge_quote(kErrorHeader, flows)});
}

std::vector<sock_filter> tcp_error_v6_filter(const TcpFlows& flows) {
  constexpr std::uint32_t kQuotedPayload = kErrorHeader + 40;
  // The fragment header: next header, reserved, offset and flags, identification.
  const Program step_over_fragment_header = joined({{load_half(kQuotedPayload + 2), mask(0xfff8)},
                                                    require_equal(0),
                                                    {set_x(kQuotedPayload + 8), load_byte(kQuotedPayload)}});
  return joined({{load_byte(0)},
                 require_between(1, 4),
                 {set_x(kQuotedPayload), load_byte(kErrorHeader + 6)},
                 when(kFragmentHeader, step_over_fragment_header),
                 require_equal(kProtocolTcp),
                 judge_quote(0, flows)});
}

}  // namespace blipd
