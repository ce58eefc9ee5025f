// The lab's own reading and writing of TCP segments (RFC 9293), with IP headers. Shares no code with blipd. Pure.
//
//    0                   1                   2                   3
//   +-------------------------------+-------------------------------+
//   |          Source Port          |       Destination Port        |
//   |                        Sequence Number                        |
//   |                     Acknowledgement Number                    |
//   | Offset | 0 |      Flags       |             Window            |
//   |           Checksum            |         Urgent Pointer        |
//   |                    Options, then the payload                  |
//   +-------------------------------+-------------------------------+
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>

#include "tests/lab/ip_packet.h"
#include "tests/lab/scenario.h"

namespace blipd::lab {

inline constexpr std::uint8_t kFin = 0x01;
inline constexpr std::uint8_t kSyn = 0x02;
inline constexpr std::uint8_t kRst = 0x04;
inline constexpr std::uint8_t kPsh = 0x08;
inline constexpr std::uint8_t kAck = 0x10;

/// The two ends of a TCP connection.
struct Ends {
  Ip vantage;
  Ip host;
  std::uint16_t vantage_port = 0;
  std::uint16_t host_port = 0;
  friend bool operator==(const Ends&, const Ends&) = default;
};

/// A segment from the vantage to a host.
struct Segment {
  Ends ends;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;
  std::span<const std::uint8_t> payload;  ///< points into the packet
  std::optional<std::uint16_t> mss;
  std::optional<std::uint32_t> stamp;  ///< TSval (RFC 7323)
  bool sack = false;                   ///< SACK permitted (RFC 2018)
  bool window_scale = false;           ///< (RFC 7323)
};

/// `parsed.kind` is tcp. Options that are cut or unknown are passed over.
Segment parse_segment(std::span<const std::uint8_t> packet, const ParsedPacket& parsed);

/// A segment from a host to the vantage.
struct HostSegment {
  Ends ends;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  std::span<const std::uint8_t> options{};  ///< of a multiple of four bytes
  std::span<const std::uint8_t> payload{};
  std::uint8_t hop_limit = kHopLimit;
};

Bytes segment_packet(const HostSegment& segment);
/// The same written to `out`, which has room for the headers, the options and the payload. Returns its size.
std::size_t write_segment(const HostSegment& segment, std::span<std::uint8_t> out);

/// The options that Linux answers `syn` with: its MSS, and each of the others that `syn` offers.
class SynAckOptions {
 public:
  SynAckOptions(const Segment& syn, Elapsed now);
  std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(size_); }

 private:
  void add(std::initializer_list<std::uint8_t> option);

  std::array<std::uint8_t, 20> bytes_{};
  std::size_t size_ = 0;
};

/// The answer of an open port to `syn`; the options outlive the segment.
HostSegment syn_ack_segment(const Segment& syn, const Ends& ends, std::uint32_t sequence, const SynAckOptions& options);
Bytes syn_ack(const Segment& syn, const Ends& ends, std::uint32_t sequence, Elapsed now);
/// The same with an acknowledgement number that answers nothing.
Bytes forged_syn_ack(const Segment& syn, std::uint32_t sequence, Elapsed now);
/// The answer of a closed port (RFC 9293 section 3.10.7.1).
HostSegment reset_segment(const Segment& segment);
Bytes reset_of(const Segment& segment);

/// What a host's time stamps read (RFC 7323), in milliseconds.
std::uint32_t stamp_at(Elapsed now);
/// The largest payload that the lab's MTU of 1500 has room for, without options.
std::uint16_t own_mss(const Ip& address);

}  // namespace blipd::lab
