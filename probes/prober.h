// The page a contributor reads: what a prober is, and how the daemon talks to one.
//
// A prober turns batches of probe requests into traffic and what comes back into answers. It owns sockets, bytes and
// authentication. A packet prober keeps no table of what is in flight: everything it must know about an answer comes
// back in the answer itself, signed. A prober whose probe is a whole exchange (http) carries exchanges out on a thread
// of its own and reports each once. Counting, timing out and deciding are the daemon's.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
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

/// The number of an answer that brings back its slot alone; the daemon finds the number by it.
inline constexpr TargetNumber kUnknownNumber{0xffffffffU, 0xffffffffU};

struct ProbeRequest {
  Address to;
  TargetNumber number;
  FlightSlot slot = 0;
  /// After this long an answer is worth nothing. Packet probers need not know; an exchange is given up then.
  Duration timeout{};
  /// The host as the configuration writes it: its name, or the address. Set for probers with `wants_names`; good until
  /// `send` returns.
  std::string_view host{};
};

/// What became of one request of a batch.
struct SendResult {
  /// Best knowledge of when the packet left: the kernel's send stamp, or interpolated between those that came.
  Instant at{};
  /// 0: handed to the kernel. Else the errno with which the kernel refused it: the probe proves nothing (void).
  int error = 0;
};

/// Why a probe failed.
enum class FailureReason : std::uint8_t {
  timeout,      ///< nothing came in time
  refused,      ///< the port is closed, and the module asks for an open one
  unreachable,  ///< an ICMP error named the probe, and nothing else came
  bad_reply,    ///< something else than the protocol, cut short, or too long
  tls,          ///< no TLS session, or a certificate that does not hold
  status,       ///< an HTTP status that is not wanted
  body,         ///< an HTTP body that is not wanted
};
inline constexpr std::size_t kFailureReasons = 7;

enum class AnswerKind : std::uint8_t {
  reply,        ///< authenticated; `number` and `slot` are what was sent
  failure,      ///< authenticated, and the probe has failed by it: `reason` says why
  unsent,       ///< an exchange our own side could not carry out, `error` says why: the probe proves nothing (void)
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

/// The parts of an HTTP exchange, one after the other; what did not happen is zero.
enum class HttpPhase : std::uint8_t { resolve, connect, tls, processing, transfer };
inline constexpr std::size_t kHttpPhases = 5;

/// What an HTTP exchange told besides its outcome.
struct HttpExchange {
  std::array<Duration, kHttpPhases> phases{};  ///< by HttpPhase, summed over redirects
  std::optional<WallTime> certificate_expiry;  ///< earliest end of validity in the chain the server showed
  unsigned status = 0;                         ///< of the last response, 0 without one
};

struct Answer {
  AnswerKind kind = AnswerKind::stray;
  FailureReason reason{};        ///< failure only
  int error = 0;                 ///< unsent only: an errno, as in SendResult
  IcmpErrorCode icmp;            ///< for icmp_error and short_quote
  std::uint8_t hop_limit = 0;    ///< TTL or hop limit of the answer, 0 if unknown
  std::uint16_t identifier = 0;  ///< short_quote only
  std::uint16_t sequence = 0;    ///< short_quote only
  FlightSlot slot = 0;
  TargetNumber number;
  Address from;                            ///< who sent the answer
  Address to;                              ///< icmp_error, short_quote: whom the quoted probe was for
  Instant received{};                      ///< kernel receive stamp, or the end of the exchange, on our clock
  const HttpExchange* exchange = nullptr;  ///< http only, for reply and failure; good during the call
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

/// What every prober is given when it opens its sockets.
struct ProbeEnvironment {
  std::string contact;             ///< RFC 9511 URI or address, at most 200 octets; may be empty
  std::optional<Address> source4;  ///< send from this address
  std::optional<Address> source6;
  std::string interface;  ///< bind to this device; empty: what the kernel chooses
};

/// Trouble on our own side, all counters from the opening of the sockets.
struct ProberFaults {
  std::uint64_t receive_drops =
      0;  ///< answers the kernel dropped because our queue was full; read as "at least" (kernel 6.18 counts double)
  std::uint64_t clock_steps = 0;  ///< wall clock steps met while converting stamps
  std::uint64_t unstamped = 0;    ///< answers without a usable kernel stamp, timed in user space
  ProberFaults& operator+=(const ProberFaults& other) {
    receive_drops += other.receive_drops;
    clock_steps += other.clock_steps;
    unstamped += other.unstamped;
    return *this;
  }
};

/// One kind of probe with its sockets, shared by all modules of that prober. Used by one thread. Real sockets and
/// simulated networks implement it.
class Prober {
 public:
  virtual ~Prober() = default;
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
  virtual ProberFaults faults() = 0;
};

/// Interval and timeout of a prober's modules: what they are if the file does not say, and what they may be.
struct ProbeTimes {
  Duration interval = std::chrono::seconds(10);
  Duration least_interval = std::chrono::milliseconds(100);
  Duration timeout = std::chrono::seconds(3);
  Duration most_timeout = std::chrono::minutes(5);
  std::string_view why_most_timeout{};  ///< said when a timeout is longer: "a server repeats ... after 1s"
};

/// A prober as the daemon knows it. There is one constant of this type per prober; probes/prober_types.cc lists them.
struct ProberType {
  std::string_view name;
  ProbeTimes times;
  /// False: a probe asks a service (http), and a dead service in a living network is not a dead network.
  bool judges_network = true;
  /// Whether ProbeRequest::host is to be set, and a host with several names is a target for each of them.
  bool wants_names = false;
  /// Reads the options of one module. Reports unknown keys, wrong types and ranges through the reader, with their line.
  std::shared_ptr<const ModuleOptions> (*read_options)(OptionReader& reader);
  /// Opens the sockets. The error is one sentence that names the cure (CAP_NET_RAW).
  Result<std::unique_ptr<Prober>> (*open)(const ProbeEnvironment& environment);
  /// Whoever is asked repeats an answer that got lost (a server its SYN-ACK): a late answer does not say that the first
  /// one was only slow.
  bool answers_are_repeated = false;
  /// Descriptors that one open prober holds, about.
  std::size_t descriptors = 8;
  /// And one more for each probe that is on its way, up to so many.
  std::size_t most_connections = 0;
};

/// All probers, in the order of the documentation.
std::span<const ProberType* const> prober_types();
/// Null if there is none of that name.
const ProberType* find_prober_type(std::string_view name);

}  // namespace blipd
