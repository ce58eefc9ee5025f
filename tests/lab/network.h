// The lab's networks without a device: a packet goes in with its time, planned answers come out. Pure but for its
// random numbers, which depend on nothing but the seed and the order of the packets. TCP has random numbers of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tests/lab/dice.h"
#include "tests/lab/hosts.h"
#include "tests/lab/planned_packet.h"
#include "tests/lab/scenario.h"
#include "tests/lab/tcp_hosts.h"
#include "tests/lab/truth.h"

namespace blipd::lab {

class LabNetworks {
 public:
  explicit LabNetworks(Scenario scenario);

  /// Takes one packet that arrived at `now` and appends the answers to `out`, those of equal time in the order in which
  /// they must leave. Times do not go back from one call of this or `tick` to the next.
  void receive(std::span<const std::uint8_t> packet, Elapsed now, std::vector<PlannedPacket>& out);

  /// When `tick` has something to do next.
  std::optional<Elapsed> next_timer() const { return tcp_.next_timer(); }
  /// Appends what hosts send of their own accord by `now`: repeated SYN-ACKs and responses.
  void tick(Elapsed now, std::vector<PlannedPacket>& out) { tcp_.tick(hosts_, now, truth_, out); }

  const Truth& truth() const { return truth_; }
  Truth& truth() { return truth_; }

 private:
  Hosts hosts_;
  Dice dice_;  ///< for ICMP
  TcpHosts tcp_;
  Truth truth_;
};

}  // namespace blipd::lab
