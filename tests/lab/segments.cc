#include "tests/lab/segments.h"

#include <algorithm>
#include <chrono>

namespace blipd::lab {
namespace {

constexpr std::size_t kHeader = 20;
constexpr std::uint16_t kWindow = 65160;
constexpr std::uint8_t kScale = 7;
// What a forged acknowledgement number differs by. The one that is added to it cannot undo this.
constexpr std::uint32_t kForgery = 0x5a5a5a5aU;

enum Option : std::uint8_t { end = 0, nop = 1, mss = 2, window_scale = 3, sack_permitted = 4, time_stamps = 8 };

void read_options(std::span<const std::uint8_t> options, Segment& segment) {
  std::size_t at = 0;
  while (at < options.size() && options[at] != Option::end) {
    if (options[at] == Option::nop) {
      ++at;
      continue;
    }
    if (at + 1 >= options.size() || options[at + 1] < 2 || at + options[at + 1] > options.size()) return;
    const auto option = options.subspan(at, options[at + 1]);
    if (option[0] == Option::mss && option.size() == 4) segment.mss = read_u16(option, 2);
    if (option[0] == Option::window_scale && option.size() == 3) segment.window_scale = true;
    if (option[0] == Option::sack_permitted && option.size() == 2) segment.sack = true;
    if (option[0] == Option::time_stamps && option.size() == 10) segment.stamp = read_u32(option, 2);
    at += option.size();
  }
}

std::uint32_t length_of(const Segment& segment) {
  const auto flags = static_cast<unsigned>((segment.flags & kSyn) != 0) + ((segment.flags & kFin) != 0);
  return static_cast<std::uint32_t>(segment.payload.size()) + flags;
}

}  // namespace

std::uint16_t own_mss(const Ip& address) { return address.v6 ? 1440 : 1460; }

// Begins above zero: a stamp of zero echoed back would mean none.
std::uint32_t stamp_at(Elapsed now) {
  return 1000U + static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

Segment parse_segment(std::span<const std::uint8_t> packet, const ParsedPacket& parsed) {
  const auto tcp = packet.subspan(parsed.header_size, parsed.size - parsed.header_size);
  const std::size_t header = static_cast<std::size_t>(tcp[12] >> 4) * 4;
  Segment segment;
  segment.ends = {parsed.source, parsed.destination, read_u16(tcp, 0), read_u16(tcp, 2)};
  segment.sequence = read_u32(tcp, 4);
  segment.acknowledgement = read_u32(tcp, 8);
  segment.flags = tcp[13];
  segment.payload = tcp.subspan(header);
  read_options(tcp.subspan(kHeader, header - kHeader), segment);
  return segment;
}

Bytes segment_packet(const HostSegment& segment) {
  Bytes packet(header_size_of(segment.ends.host) + kHeader + segment.options.size() + segment.payload.size());
  write_segment(segment, packet);
  return packet;
}

std::size_t write_segment(const HostSegment& segment, std::span<std::uint8_t> out) {
  const std::size_t ip = header_size_of(segment.ends.host);
  const std::size_t header = kHeader + segment.options.size();
  const auto packet = out.first(ip + header + segment.payload.size());
  const auto tcp = packet.subspan(ip);
  std::fill_n(tcp.begin(), kHeader, std::uint8_t{0});
  put_u16(tcp, 0, segment.ends.host_port);
  put_u16(tcp, 2, segment.ends.vantage_port);
  put_u32(tcp, 4, segment.sequence);
  put_u32(tcp, 8, segment.acknowledgement);
  tcp[12] = static_cast<std::uint8_t>(header / 4 << 4);
  tcp[13] = segment.flags;
  put_u16(tcp, 14, segment.window);
  std::copy(segment.options.begin(), segment.options.end(), tcp.begin() + kHeader);
  std::copy(segment.payload.begin(), segment.payload.end(), tcp.begin() + static_cast<std::ptrdiff_t>(header));
  wrap_in_place(kTcp, segment.ends.host, segment.ends.vantage, segment.hop_limit, packet);
  return packet.size();
}

SynAckOptions::SynAckOptions(const Segment& syn, Elapsed now) {
  add({Option::mss, 4, 0, 0});
  put_u16(bytes_, 2, own_mss(syn.ends.host));
  if (syn.stamp || syn.sack) {
    if (!syn.stamp) add({Option::nop, Option::nop});
    if (syn.sack) {
      add({Option::sack_permitted, 2});
    } else {
      add({Option::nop, Option::nop});
    }
  }
  if (syn.stamp) {
    add({Option::time_stamps, 10, 0, 0, 0, 0, 0, 0, 0, 0});
    put_u32(bytes_, size_ - 8, stamp_at(now));
    put_u32(bytes_, size_ - 4, *syn.stamp);
  }
  if (syn.window_scale) add({Option::nop, Option::window_scale, 3, kScale});
}

void SynAckOptions::add(std::initializer_list<std::uint8_t> option) {
  std::copy(option.begin(), option.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += option.size();
}

HostSegment syn_ack_segment(const Segment& syn, const Ends& ends, std::uint32_t sequence,
                            const SynAckOptions& options) {
  return {ends, sequence, syn.sequence + 1, kSyn | kAck, kWindow, options.bytes()};
}

Bytes syn_ack(const Segment& syn, const Ends& ends, std::uint32_t sequence, Elapsed now) {
  const SynAckOptions options(syn, now);
  return segment_packet(syn_ack_segment(syn, ends, sequence, options));
}

Bytes forged_syn_ack(const Segment& syn, std::uint32_t sequence, Elapsed now) {
  Segment other = syn;
  other.sequence = (syn.sequence + 1) ^ kForgery;
  return syn_ack(other, syn.ends, sequence, now);
}

HostSegment reset_segment(const Segment& segment) {
  HostSegment reset{segment.ends};
  if ((segment.flags & kAck) != 0) {
    reset.sequence = segment.acknowledgement;
    reset.flags = kRst;
  } else {
    reset.acknowledgement = segment.sequence + length_of(segment);
    reset.flags = kRst | kAck;
  }
  return reset;
}

Bytes reset_of(const Segment& segment) { return segment_packet(reset_segment(segment)); }

}  // namespace blipd::lab
