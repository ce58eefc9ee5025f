// What really happens to a simulated network: the incidents a scenario plays, as plain values. The score compares the
// events of a detector with them (daemon/simulate/score.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "probes/clock.h"

namespace blipd {

/// What an incident is, by its true cause. Whether it is an event at all, and which class a detector may give it, is
/// written in daemon/simulate/score_table.cc and nowhere else.
enum class IncidentKind : std::uint8_t {
  blip,         ///< every host dark, and back soon
  random_loss,  ///< loss common to all hosts, each packet by itself
  bursty_loss,  ///< loss common to all hosts, in runs
  flapping,     ///< dark and light by turns: one incident from the first fall to the last return
  outage,       ///< every host dark
  vantage,      ///< our own side loses packets of every network; the incident's network is empty
  congestion,   ///< more offered than fits: delay first, then loss
  partial,      ///< dark from some vantages, well from others (`seen` says which ours is)
  // What follows happens on a clean day too: no event of the network is wanted.
  rate_limited,  ///< some hosts' ICMP answers are limited
  renumbering,   ///< hosts move to other addresses, or leave
  filter,        ///< ICMP is filtered, TCP works
  host_fault,    ///< single hosts fail or are reported unreachable, the network does not
};
inline constexpr std::size_t kIncidentKinds = 12;
std::string_view to_string(IncidentKind kind);

/// Times count from the scenario's start; `start` < `end`, and `end` is the first moment after it.
struct TrueIncident {
  std::string network;  ///< empty: our own vantage
  IncidentKind kind = IncidentKind::outage;
  Duration start{};
  Duration end{};
  double loss = 1.0;  ///< mean share of probes lost from start to end, of the hosts it affects: 0 to 1
  bool seen = true;   ///< false: the vantage watched from cannot notice it, so an event for it is a false alarm
  Duration period{};  ///< flapping: mean distance of the falls; otherwise 0
  std::uint64_t affected = 0;  ///< hosts it touches, and hosts the network has; 0 of 0: not said
  std::uint64_t hosts = 0;
  std::string name;  ///< what the scenario calls it; may be empty
};

}  // namespace blipd
