// A scenario: networks, their hosts, and what happens to them when, as plain values. The file format is described in
// docs/scenarios.md; daemon/simulate/world.h plays it. Times count from the scenario's start.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/simulate/distribution.h"
#include "daemon/simulate/truth.h"
#include "probes/address.h"
#include "probes/clock.h"
#include "probes/option_reader.h"
#include "probes/result.h"

namespace blipd {

/// Hosts of all networks of a scenario together, and incidents.
inline constexpr std::size_t kMostHosts = 4'000'000;
inline constexpr std::size_t kMostIncidents = 4'000'000;
/// A scenario file may be this large, in bytes.
inline constexpr std::size_t kLargestScenarioFile = 16U << 20U;

/// On which half of the round trip packets are lost. either: half of them on each.
enum class Way : std::uint8_t { forward, back, either };

/// What an ICMP error says, in the words of RFC 792; World::send translates it for IPv6 (RFC 4443).
enum class RouterError : std::uint8_t { net_unreachable, host_unreachable, port_unreachable, prohibited, hop_limit };

/// A share of lost probes is answered by a router instead of by nothing.
struct ErrorsSpec {
  double share = 0;
  RouterError what = RouterError::net_unreachable;
  bool inside = false;  ///< the router is one of the network, not one before it
};

/// A token bucket in front of a host: one packet each `every`, `burst` at once.
struct RateLimitSpec {
  Duration every{};
  unsigned burst = 1;
  double others = 0;  ///< packets a second of other traffic (Poisson) that take tokens as ours do
};

/// Some hosts of a network: a number or a share of them. Neither: all.
struct HostShare {
  std::optional<std::size_t> count;
  std::optional<double> share;
  bool all() const { return !count && !share; }
  /// How many of `hosts` it is; at least one of a share that is not 0.
  std::size_t of(std::size_t hosts) const;
};

/// Two-state loss (Gilbert-Elliott) in continuous time: exponential stays in a good and a bad state.
struct BurstsSpec {
  double share = 0;      ///< of the time that is bad; 0: never
  Duration mean_bad{};   ///< mean stay in the bad state
  double loss_bad = 1;   ///< probability that a packet is lost there
  double loss_good = 0;  ///< and in the good state
  bool common = false;   ///< background noise only: one process for all hosts of the network

  Duration mean_good() const;
  double mean_loss() const { return share * loss_bad + (1 - share) * loss_good; }
};

struct FlappingSpec {
  Duration period{};
  double jitter = 0;     ///< of one period, as the standard deviation in periods
  bool poisson = false;  ///< falls come as a Poisson process of that mean distance
  Distribution down;     ///< of each prefix, counted from its own fall
  Distribution stagger;  ///< by which a prefix falls later than the network's fall
  Duration loop{};       ///< so long at both ends of the darkness packets circle, and routers say so
  Distribution between;  ///< loss of each packet while it is light, drawn anew for each period
};

/// A bottleneck. Load and capacity are in one unit of the scenario's choice.
struct CongestionSpec {
  double capacity = 1;
  double load_from = 0;  ///< before, and after
  double load_to = 0;
  Duration ramp{};  ///< from the one to the other
  Duration hold{};
  Duration fall{};    ///< and back
  Duration buffer{};  ///< the longest queue, as the time it takes to send
  Duration burst{};   ///< mean queue at half load, which grows as load / (capacity - load)
  HostShare stopping;
  std::optional<Duration> stop_after;  ///< from the start of the ramp until the end, those hosts do nothing
};

struct IncidentSpec {
  IncidentKind kind = IncidentKind::outage;
  std::string name;
  std::optional<Distribution> at;  ///< absent: `gap` after the end of the entry before it in the list
  Distribution lasts;
  bool to_the_end = false;  ///< no `for`: until the end of the scenario
  Distribution gap;
  std::size_t repeat = 1;
  double networks = 1;  ///< the share of networks that have it
  std::string from;     ///< the vantage that sees it; empty: all
  HostShare hosts;
  double loss = 1;
  Way way = Way::forward;
  ErrorsSpec errors;
  BurstsSpec bursts;
  FlappingSpec flapping;
  CongestionSpec congestion;
  RateLimitSpec limit;
  std::uint64_t shift = 0;  ///< renumbering: addresses upwards; 0: gone
};

/// What a host does with a SYN.
enum class TcpAnswer : std::uint8_t { open, refused, silent };

struct OffHours {
  Duration every{};
  Duration lasts{};               ///< below `every`
  std::optional<Duration> phase;  ///< when the first one starts; absent: each host has its own
};

struct Reboots {
  Distribution every;  ///< from the end of one to the start of the next
  Distribution lasts;
};

struct HostGroup {
  std::size_t count = 1;
  std::vector<Address> addresses;  ///< in place of `count`
  double networks = 1;             ///< the share of networks whose hosts these are; elsewhere they are ordinary
  double loss = 0.005;
  bool silent = false;
  TcpAnswer tcp = TcpAnswer::open;
  std::optional<Distribution> delay;  ///< in place of the network's
  std::optional<OffHours> off;
  std::optional<Reboots> reboots;
  std::optional<RateLimitSpec> limit;
};

/// Some hosts answer some packets very late.
struct TailSpec {
  double hosts = 0;
  double probability = 0;
  Distribution delay;
};

struct NetworkSpec {
  std::string name;
  std::size_t count = 1;  ///< so many networks of this kind, side by side in the address space
  std::vector<Prefix> prefixes;
  Distribution delay;       ///< drawn once for each network
  Distribution host_delay;  ///< drawn once for each host, and added
  Distribution jitter;      ///< drawn for each packet, and added
  TailSpec tail;
  BurstsSpec noise;
  std::vector<HostGroup> groups;
  std::vector<IncidentSpec> incidents;

  std::size_t host_count() const;
  /// Of network `index` of `count`: "name", or "name-007" if there are several.
  std::string name_of(std::size_t index) const;
  /// How far apart the networks lie: from the first to behind the last address of `prefixes`. 0: too far to tell.
  std::uint64_t span() const;
};

struct Scenario {
  std::string file;  ///< as messages name it
  std::uint64_t seed = 1;
  WallTime starts{};
  Duration length = std::chrono::hours(1);
  bool mine = true;              ///< the networks are ours to load; false: the limits of `blipd` hold
  std::string vantage = "here";  ///< the name of the vantage it is watched from
  std::optional<NetworkSpec> references;
  std::vector<IncidentSpec> vantage_incidents;
  std::vector<NetworkSpec> networks;
  OptionValue blipd;  ///< how it is to be probed, in the form of blipd.yaml; kind null if the file does not say
};

/// Reads and decodes a file. The error holds one line a problem, each "FILE:LINE:COLUMN: what is wrong".
Result<Scenario> load_scenario(const std::string& path);
/// The same for text in memory; `name` stands for the file.
Result<Scenario> parse_scenario(std::string_view text, const std::string& name);

/// The lines of an error as above, in the order of the file.
Error describe_problems(std::vector<Problem> problems, const std::string& file);

}  // namespace blipd
