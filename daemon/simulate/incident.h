// One incident of one network, or of our own side, as it is played: when it is, whom it touches, what it does to a
// packet, and how the truth tells of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <variant>
#include <vector>

#include "daemon/simulate/bottleneck.h"
#include "daemon/simulate/echo_limit.h"
#include "daemon/simulate/flap_process.h"
#include "daemon/simulate/loss_process.h"
#include "daemon/simulate/scenario.h"
#include "daemon/simulate/truth.h"
#include "probes/clock.h"

namespace blipd {

enum class Protocol : std::uint8_t { icmp, tcp };

/// An incident that has its place in time.
struct PlannedIncident {
  const IncidentSpec* spec = nullptr;
  std::uint64_t seed = 0;
  Duration start{};
  Duration end{};  ///< later than `start`, at most `length`
};
/// All incidents of one network, by their start. A function of the list and the seed.
std::vector<PlannedIncident> plan_incidents(const std::vector<IncidentSpec>& specs, std::uint64_t seed,
                                            Duration length);

/// A packet as an incident sees it.
struct PacketView {
  std::uint32_t host = 0;  ///< number within its network
  std::uint32_t prefix = 0;
  Protocol protocol = Protocol::icmp;
  Duration at{};
};

/// What an incident does to a packet.
struct Effect {
  bool lost = false;
  bool on_the_way_back = false;
  bool limited = false;            ///< lost for want of a token
  bool answered_by_error = false;  ///< a lost packet that a router tells of
  bool inside = false;             ///< the router
  RouterError error = RouterError::net_unreachable;
  Duration queue{};  ///< added to the round trip
};

class Incident {
 public:
  /// `prefixes` and `hosts`: how many the network has. `plan.spec` outlives the incident.
  Incident(const PlannedIncident& plan, std::size_t prefixes, std::size_t hosts);

  /// `random` is the packet's own. Times go forward.
  Effect meet(const PacketView& packet, Random& random);

  const PlannedIncident& plan() const { return plan_; }
  bool touches(std::uint32_t host) const { return slots_.empty() || slots_[host] != 0; }
  /// Without `network` and `seen`. To be asked before the first packet.
  TrueIncident describe() const;

 private:
  Effect meet_loss(double loss, Random& random) const;
  Effect meet_flapping(FlapProcess& process, const PacketView& packet, Random& random) const;
  Effect meet_congestion(const Bottleneck& bottleneck, const PacketView& packet, Random& random) const;
  void add_error(Effect& effect, Random& random) const;
  /// Fills `slots_` with 1, 2, ... for `count` hosts drawn from `hosts`.
  void choose(std::size_t count, std::size_t hosts);

  PlannedIncident plan_;
  std::size_t prefixes_ = 0;
  std::size_t hosts_ = 0;
  std::size_t touched_ = 0;
  std::vector<std::uint32_t> slots_;  ///< by host; empty: all are touched
  std::variant<std::monostate, GilbertElliott, FlapProcess, Bottleneck, std::vector<EchoLimit>> process_;
};

}  // namespace blipd
