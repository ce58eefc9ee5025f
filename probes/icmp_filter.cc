#include "probes/icmp_filter.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <utility>

// A load beyond the end of the packet ends a program with "drop", so that lengths need no test.

namespace blipd {
namespace {

constexpr std::uint32_t kWholePacket = 0xffffffff;

constexpr sock_filter statement(unsigned code, std::uint32_t value) {
  return {static_cast<std::uint16_t>(code), 0, 0, value};
}
constexpr sock_filter load_byte(std::uint32_t offset) { return statement(BPF_LD | BPF_B | BPF_ABS, offset); }
constexpr sock_filter load_half(std::uint32_t offset) { return statement(BPF_LD | BPF_H | BPF_ABS, offset); }
constexpr sock_filter load_byte_at_x(std::uint32_t offset) { return statement(BPF_LD | BPF_B | BPF_IND, offset); }
constexpr sock_filter load_half_at_x(std::uint32_t offset) { return statement(BPF_LD | BPF_H | BPF_IND, offset); }
// BPF_W and BPF_IMM are both 0 and both meant. NOLINTNEXTLINE(misc-redundant-expression)
constexpr sock_filter set_x(std::uint32_t value) { return statement(BPF_LDX | BPF_W | BPF_IMM, value); }
constexpr sock_filter mask(std::uint32_t bits) { return statement(BPF_ALU | BPF_AND | BPF_K, bits); }
constexpr sock_filter drop() { return statement(BPF_RET | BPF_K, 0); }
constexpr sock_filter accept() { return statement(BPF_RET | BPF_K, kWholePacket); }

using Program = std::vector<sock_filter>;

void append(Program& program, const Program& more) { program.insert(program.end(), more.begin(), more.end()); }

/// Goes on if the accumulator is one of `values`, else drops.
Program require(std::initializer_list<std::uint32_t> values) {
  Program program;
  std::size_t left = values.size();
  for (const std::uint32_t value : values) {
    // A match skips the comparisons that are left and the drop behind them.
    program.push_back({BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint8_t>(left--), 0, value});
  }
  program.push_back(drop());
  return program;
}

/// Runs `branch` if the accumulator is `value`, else skips it.
Program when(std::uint32_t value, const Program& branch) {
  Program program{{BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(branch.size()), value}};
  append(program, branch);
  return program;
}

/// Ends the program: accepts if the half word that `load` fetches is one of the identifiers.
Program judge_identifier(sock_filter load, const IcmpIdentifiers& identifiers) {
  Program program{load, mask(0xfff0)};
  append(program, require({identifiers.base()}));
  program.push_back(accept());
  return program;
}

Program joined(std::initializer_list<Program> parts) {
  Program program;
  for (const Program& part : parts) append(program, part);
  return program;
}

}  // namespace

std::vector<sock_filter> icmpv4_filter(const IcmpIdentifiers& identifiers) {
  const Program header_length_to_x{statement(BPF_LDX | BPF_B | BPF_MSH, 0)};
  const Program quote_start_to_x{load_byte_at_x(8), mask(0x0f), statement(BPF_ALU | BPF_LSH | BPF_K, 2),
                                 statement(BPF_ALU | BPF_ADD | BPF_X, 0), statement(BPF_MISC | BPF_TAX, 0)};
  // x + 8 is where the quoted IP header starts, and later where the quoted ICMP message does.
  return joined({header_length_to_x,
                 {load_byte_at_x(0)},
                 when(0, judge_identifier(load_half_at_x(4), identifiers)),
                 require({3, 4, 11, 12}),
                 {load_byte_at_x(8 + 9)},
                 require({1}),
                 {load_half_at_x(8 + 6), mask(0x1fff)},
                 require({0}),
                 quote_start_to_x,
                 {load_byte_at_x(8)},
                 require({8}),
                 judge_identifier(load_half_at_x(8 + 4), identifiers)});
}

std::vector<sock_filter> icmpv6_filter(const IcmpIdentifiers& identifiers) {
  constexpr std::uint32_t kQuote = 8;
  constexpr std::uint32_t kQuotedPayload = kQuote + 40;
  // The fragment header: next header, reserved, offset and flags, identification.
  const Program step_over_fragment_header = joined({{load_half(kQuotedPayload + 2), mask(0xfff8)},
                                                    require({0}),
                                                    {set_x(kQuotedPayload + 8), load_byte(kQuotedPayload)}});
  return joined({{load_byte(0)},
                 when(129, judge_identifier(load_half(4), identifiers)),
                 require({1, 2, 3, 4}),
                 {set_x(kQuotedPayload), load_byte(kQuote + 6)},
                 when(44, step_over_fragment_header),
                 require({58}),
                 {load_byte_at_x(0)},
                 require({128}),
                 judge_identifier(load_half_at_x(4), identifiers)});
}

}  // namespace blipd
