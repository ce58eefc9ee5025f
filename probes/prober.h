// The page a contributor reads: what a prober is, and how the daemon talks to one.
//
// A packet prober turns batches of probe requests into packets and packets into answers. It owns sockets, bytes and
// authentication. It keeps no table of what is in flight: everything it must know about an answer comes back in the
// answer itself, signed. Counting, timing out and deciding are the daemon's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probes/address.h"
#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

class OptionReader;

/// Names one host under one module, for ever: a block is one network and module, a place is a target inside it. A
/// number is not given to another host within an hour (an answer to the old one may still be on its way).
struct TargetNumber {
  std::uint32_t block = 0;
  std::uint32_t place = 0;
  friend bool operator==(const TargetNumber&, const TargetNumber&) = default;
};

/// Which entry of the daemon's flight rings a probe is (daemon/store/flights.h). Opaque to probers.
using FlightSlot = std::uint32_t;

struct ProbeRequest {
  Address to;
  TargetNumber number;
  FlightSlot slot = 0;
};

/// What became of one request of a batch.
struct SendResult {
  /// Best knowledge of when the packet left: the kernel's send stamp, or interpolated between those that came.
  Instant at{};
  /// 0: handed to the kernel. Else the errno with which the kernel refused it: the probe proves nothing (void).
  int error = 0;
};

enum class AnswerKind : std::uint8_t {
  reply,        ///< authenticated; `number` and `slot` are what was sent
  icmp_error,   ///< an ICMP error whose quote is authenticated; names a reason, ends no probe
  short_quote,  ///< an ICMP error that quotes too little to authenticate: `to`, `sequence` and `identifier` are all it
                ///< says
  forged,       ///< claims to answer us and fails authentication
  stray,        ///< matches nothing we sent
};

/// An ICMP or ICMPv6 error as the wire has it (RFC 792, RFC 4443).
struct IcmpErrorCode {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  friend bool operator==(const IcmpErrorCode&, const IcmpErrorCode&) = default;
};

struct Answer {
  AnswerKind kind = AnswerKind::stray;
  IcmpErrorCode icmp;            ///< for icmp_error and short_quote
  std::uint8_t hop_limit = 0;    ///< TTL or hop limit of the answer, 0 if unknown
  std::uint16_t identifier = 0;  ///< short_quote only
  std::uint16_t sequence = 0;    ///< short_quote only
  FlightSlot slot = 0;
  TargetNumber number;
  Address from;        ///< who sent the answer
  Address to;          ///< icmp_error, short_quote: whom the quoted probe was for
  Instant received{};  ///< kernel receive stamp, on our clock
};

/// Takes answers as they are read. Called on the probing thread only, many times per `receive`.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  virtual void on_answers(std::span<const Answer> answers) = 0;
};

/// The options of one module, read once and never changed. Only the prober that read them looks inside.
class ModuleOptions {
 public:
  virtual ~ModuleOptions() = default;
};

/// What every packet prober is given when it opens its sockets.
struct PacketEnvironment {
  std::string contact;             ///< RFC 9511 URI or address, at most 200 octets; may be empty
  std::optional<Address> source4;  ///< send from this address
  std::optional<Address> source6;
  std::string interface;  ///< bind to this device; empty: what the kernel chooses
};

/// Trouble on our own side, all counters from the opening of the sockets.
struct PacketFaults {
  std::uint64_t receive_drops =
      0;  ///< answers the kernel dropped because our queue was full; read as "at least" (kernel 6.18 counts double)
  std::uint64_t clock_steps = 0;  ///< wall clock steps met while converting stamps
  std::uint64_t unstamped = 0;    ///< answers without a usable kernel stamp, timed in user space
};

/// One kind of packet probe with its sockets, shared by all modules of that prober. Used by one thread. Real sockets
/// and simulated networks implement it.
class PacketProber {
 public:
  virtual ~PacketProber() = default;
  /// Sends all requests with as few system calls as it can. `results` has the size of `requests`. `options` were made
  /// by this prober's `read_options`. Never blocks.
  virtual void send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
                    std::span<SendResult> results) = 0;
  /// Reads until the sockets are empty (bounded: see implementation) and hands every answer to `sink`. True if it
  /// stopped before they were empty.
  virtual bool receive(AnswerSink& sink) = 0;
  /// Whether `short_quote` (its identifier and sequence) can be a quote of the probe that was `request`.
  virtual bool quotes(const Answer& short_quote, const ProbeRequest& request) const = 0;
  /// Descriptors that become readable when answers wait.
  virtual std::vector<int> descriptors() const = 0;
  virtual PacketFaults faults() = 0;
};

/// A prober as the daemon knows it. There is one constant of this type per prober; probes/prober_types.cc lists them.
struct ProberType {
  std::string_view name;
  /// Reads the options of one module. Reports unknown keys, wrong types and ranges through the reader, with their line.
  std::shared_ptr<const ModuleOptions> (*read_options)(OptionReader& reader);
  /// Opens the sockets. The error is one sentence that names the cure (CAP_NET_RAW).
  Result<std::unique_ptr<PacketProber>> (*open)(const PacketEnvironment& environment);
};

/// All probers, in the order of the documentation.
std::span<const ProberType* const> prober_types();
/// Null if there is none of that name.
const ProberType* find_prober_type(std::string_view name);

}  // namespace blipd
