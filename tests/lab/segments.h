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

#include <cstdint>
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
};

Bytes segment_packet(const HostSegment& segment);

/// The answer of an open port to `syn`, with the options that Linux answers with: its MSS, and each of the others that
/// `syn` offers.
Bytes syn_ack(const Segment& syn, const Ends& ends, std::uint32_t sequence, Elapsed now);
/// The same with an acknowledgement number that answers nothing.
Bytes forged_syn_ack(const Segment& syn, std::uint32_t sequence, Elapsed now);
/// The answer of a closed port (RFC 9293 section 3.10.7.1).
Bytes reset_of(const Segment& segment);

/// What a host's time stamps read (RFC 7323), in milliseconds.
std::uint32_t stamp_at(Elapsed now);
/// The largest payload that the lab's MTU of 1500 has room for, without options.
std::uint16_t own_mss(const Ip& address);

}  // namespace blipd::lab
