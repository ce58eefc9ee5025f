// What the probing thread tells the rest of the daemon, once a second: network-level numbers only, immutable, handed
// over by shared_ptr. Plain data; whoever renders it needs nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/store/availability.h"
#include "daemon/store/event.h"
#include "probes/address.h"
#include "probes/clock.h"
#include "probes/prober.h"

namespace blipd {

enum class State : std::uint8_t { up, spotty, flapping, down, unknown };
inline constexpr std::size_t kStates = 5;
std::string_view to_string(State s);

std::string_view to_string(FailureReason r);

enum class VoidCause : std::uint8_t { send, receive_drop, vantage, local_route, removed };
inline constexpr std::size_t kVoidCauses = 5;
std::string_view to_string(VoidCause c);

/// Round-trip times: bucket i counts those of at most 50 us x 2^i and more than the bucket before.
inline constexpr std::size_t kRttBuckets = 20;
/// Upper bound of bucket i in seconds. Times above the last bound (26.2 s) are only in the histogram's count.
double rtt_bucket_bound(std::size_t i);

struct RttHistogram {
  std::array<std::uint64_t, kRttBuckets> buckets{};  ///< not cumulative; above the last bound only in `count`
  std::uint64_t count = 0;
  Duration sum{};
};

/// What HTTP exchanges of one network and module showed.
struct HttpFigures {
  std::array<RttHistogram, kHttpPhases> phases{};  ///< by HttpPhase, of every exchange that ended
  std::optional<WallTime> certificate_expiry;      ///< the earliest among the hosts' latest certificates
};
std::string_view to_string(HttpPhase p);

/// Background probes of one network and module since it was first configured.
/// sent = replies + sum(failures) + sum(voids) + in_flight, at every snapshot.
struct ProbeCounters {
  std::uint64_t sent = 0;
  std::uint64_t replies = 0;
  std::array<std::uint64_t, kFailureReasons> failures{};
  std::array<std::uint64_t, kVoidCauses> voids{};
  std::uint64_t in_flight = 0;
  std::uint64_t late = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t missed = 0;
};

struct WindowRatio {
  std::uint64_t probes = 0;  ///< replies + failures of the window
  std::uint64_t replies = 0;
  double ratio = 0;  ///< NaN without probes, so are the bounds
  double lower = 0;  ///< 95 % Wilson interval, wider where losses come together
  double upper = 0;
};

/// The quantiles that are told of one host's round-trip times.
inline constexpr std::array<double, 3> kHostQuantiles{0.5, 0.9, 0.99};

/// One host under one module, for networks with per_host_metrics.
struct HostSnapshot {
  std::string host;  ///< the name as written, or the address
  Address address;
  bool responding = false;
  std::vector<WindowRatio> windows;                                ///< as Snapshot::window_labels
  std::optional<std::array<Duration, kHostQuantiles.size()>> rtt;  ///< by kHostQuantiles; nullopt without replies
};

struct ModuleSnapshot {
  std::string module;
  std::string prober;
  Duration round{};
  std::uint64_t targets = 0;
  ProbeCounters probes;
  RttHistogram rtt;
  std::vector<WindowRatio> windows;   ///< as Snapshot::window_labels
  std::uint64_t hosts_limited = 0;    ///< whose answers a rate limit holds back
  AvailabilityCounts availability{};  ///< by kAvailabilityRules
  State state = State::unknown;
  std::vector<ErrorEvidence> errors;        ///< most frequent first, at most 8
  std::shared_ptr<const HttpFigures> http;  ///< null before an exchange has ended; a kilobyte, and few have any
  std::vector<HostSnapshot> hosts;          ///< only with per_host_metrics
};

/// Lengths of runs of losses, in background probes in send order: bucket i counts runs of at most kLossRunBounds[i] and
/// more than the bound before.
inline constexpr std::array<std::uint64_t, 9> kLossRunBounds{1, 2, 3, 5, 8, 13, 21, 34, 55};
struct LossRunHistogram {
  std::array<std::uint64_t, kLossRunBounds.size()> buckets{};  ///< not cumulative; above the last only in `count`
  std::uint64_t count = 0;
  std::uint64_t sum = 0;
};

/// The event of a network, or of the vantage, that is open now.
struct OpenEvent {
  EventClass event_class = EventClass::outage;
  WallTime start{};
};

struct NetworkSnapshot {
  std::string name;
  std::map<std::string, std::string> labels;
  State state = State::unknown;
  WallTime since{};  ///< of the state
  std::uint64_t state_changes = 0;
  std::optional<OpenEvent> open_event;
  std::array<std::uint64_t, kEventClasses> events{};  ///< ended and not taken back, by EventClass
  std::optional<double> loss_burst_ratio;             ///< of the last hour; nullopt with too few losses
  LossRunHistogram loss_runs;
  std::uint64_t hosts = 0;
  std::uint64_t hosts_responding = 0;
  std::uint64_t hosts_silent = 0;
  std::uint64_t names = 0;                    ///< of hosts, in the configuration
  std::vector<std::string> unresolved_names;  ///< those without an address
  std::vector<ModuleSnapshot> modules;
};

struct ReferenceSnapshot {
  std::string host;
  bool responding = false;
};

enum class Purpose : std::uint8_t { background, adaptive, sweep, reference, adhoc };
inline constexpr std::size_t kPurposes = 5;
std::string_view to_string(Purpose p);

/// Probes that are in no ratio. `network` and `module` are empty for references.
struct ExtraProbes {
  std::string network;
  std::string module;
  Purpose purpose = Purpose::reference;
  std::uint64_t replies = 0;
  std::uint64_t failures = 0;
  std::uint64_t voids = 0;
};

/// Seconds between when a probe was due and when it was sent: bucket i counts at most 1 ms x 4^i (7 buckets to 4.096
/// s).
inline constexpr std::size_t kLagBuckets = 7;
double lag_bucket_bound(std::size_t i);
struct LagHistogram {
  std::array<std::uint64_t, kLagBuckets> buckets{};
  std::uint64_t count = 0;
  Duration sum{};
};

/// Packets that our own kernel would not send, references' and adaptive ones among them.
struct Refusals {
  std::uint64_t packets = 0;
  int error = 0;  ///< the errno of the newest
};

struct Snapshot {
  WallTime taken{};
  std::string vantage;
  std::vector<std::string> window_labels;
  std::vector<NetworkSnapshot> networks;
  bool vantage_ok = true;
  std::optional<OpenEvent> vantage_event;
  std::uint64_t vantage_events = 0;  ///< ended
  std::vector<ReferenceSnapshot> references;
  std::vector<ExtraProbes> extra;
  std::uint64_t targets = 0;
  std::uint64_t resolve_failures = 0;
  std::uint64_t stray = 0;
  std::uint64_t forged = 0;
  std::uint64_t receive_drops = 0;
  std::uint64_t clock_steps = 0;
  std::uint64_t unstamped = 0;
  std::uint64_t rtt_below_zero = 0;
  Refusals refused;      ///< for want of permission, buffers or descriptors: void{send}
  Refusals unroutable;   ///< for want of a way: void{local_route}
  Duration suspended{};  ///< how long the machine slept while we ran
  LagHistogram lag;
  bool ready = false;    ///< first rounds have ended, or 30 s since the start
  bool sending = false;  ///< a probe has been handed to the kernel
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace blipd
