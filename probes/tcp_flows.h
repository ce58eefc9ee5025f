// How a SYN carries what its answer must bring back.
//
// A SYN has room for two things that come back unchanged: its source port, and its initial sequence number, which the
// answer acknowledges. Both are computed, nothing is stored.
//
// The port. We hold 258 ports in a row, in two halves of 129. The half says what a reset means to the module: a reply,
// or a failure because it asks for an open port. Inside its half a target steps to the next port every half second,
// from a start that a keyed hash of its number gives. So probes at least half a second apart leave from different
// ports, and a port comes back after more than 128 steps of half a second: by then a server that lost our reset has
// given the half-open connection up (63 s on Linux), and the new SYN is not taken for a part of the old one. Probes of
// one target less than half a second apart may share a port.
//
// The sequence number. It is the flight slot, sent through a permutation of 32-bit numbers that depends on host and
// ports under a key of ours (Even-Mansour: a fixed mixing step between two secret numbers, both from one SipHash).
// Whoever has not seen the SYN hits a living slot of that host with a chance of about one in four thousand million.
// Mixing, and not only adding a secret, keeps neighbouring sequence numbers from being neighbouring slots: an
// acknowledgment that is off by one then decodes to nothing we sent, and not to the next probe.
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "probes/prober.h"
#include "probes/reply_signature.h"

namespace blipd {

/// The far end of a flow, and our port.
struct TcpFlow {
  Address host;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
};

/// What a reset means to a module.
enum class ResetMeaning : std::uint8_t { reply, refused };

class TcpFlows {
 public:
  static constexpr std::size_t kStations = 129;
  static constexpr std::size_t kPorts = 2 * kStations;
  static constexpr Duration kStep = std::chrono::milliseconds(500);
  /// A flow that carried a probe carries none for at least this long.
  static constexpr Duration kRest = (kStations - 1) * kStep;

  /// The ports are `first_port` to `first_port` + 257, at most 65535.
  TcpFlows(std::uint16_t first_port, const ReplySignature& signature);

  std::uint16_t first_port() const { return first_port_; }
  std::uint16_t last_port() const { return static_cast<std::uint16_t>(first_port_ + kPorts - 1); }
  bool owns(std::uint16_t port) const { return port >= first_port_ && port <= last_port(); }
  /// Of a port that we own.
  ResetMeaning meaning_of(std::uint16_t port) const;

  std::uint16_t source_port(TargetNumber number, ResetMeaning meaning, Instant now) const;
  /// Whole milliseconds and the same for all flows, as servers that remember time stamps by address want it; from a
  /// secret start.
  std::uint32_t timestamp(Instant now) const;
  /// The initial sequence number, and back.
  std::uint32_t sequence_of(const TcpFlow& flow, FlightSlot slot) const;
  FlightSlot slot_of(const TcpFlow& flow, std::uint32_t sequence) const;

  /// Every sequence number decodes to some slot. Slots that share their upper 8 bits with one that was sent are more
  /// credible than others; this decides between two readings of a reset, and nothing else.
  void note_sent(FlightSlot slot) { sent_.set(slot >> 24U); }
  bool credible(FlightSlot slot) const { return sent_.test(slot >> 24U); }

 private:
  std::uint64_t secret_of(const TcpFlow& flow) const;

  std::uint16_t first_port_;
  ReplySignature signature_;
  std::uint32_t clock_start_;
  std::bitset<256> sent_;
};

}  // namespace blipd
