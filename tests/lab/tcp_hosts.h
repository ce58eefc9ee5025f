// The TCP side of the lab's networks: what hosts send (TcpFlows), through the delays, losses and lies of the scenario.
// Pure but for its random numbers.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "tests/lab/dice.h"
#include "tests/lab/hosts.h"
#include "tests/lab/judgement.h"
#include "tests/lab/planned_packet.h"
#include "tests/lab/tcp_flows.h"
#include "tests/lab/truth.h"

namespace blipd::lab {

class TcpHosts {
 public:
  explicit TcpHosts(std::uint64_t seed) : dice_(seed) {}

  /// Takes a segment for `host` that arrived at `now` and appends what comes back to `out`.
  void receive(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const Host& host, const Hosts& hosts,
               Elapsed now, Truth& truth, std::vector<PlannedPacket>& out);

  /// When `tick` has something to do next.
  std::optional<Elapsed> next_timer() const { return flows_.next_timer(); }
  /// Sends again what is due by `now`.
  void tick(const Hosts& hosts, Elapsed now, Truth& truth, std::vector<PlannedPacket>& out);

 private:
  TcpCounts receive_syn(const Arrival& arrival, const Segment& syn, Truth& truth, std::vector<PlannedPacket>& out);
  TcpCounts receive_other(const Arrival& arrival, const Segment& segment, std::vector<PlannedPacket>& out);
  /// Hands what a host sent at one time to the network on its way back.
  void bring_back(const Behaviour& behaviour, Elapsed at, TcpCounts& counts, std::vector<PlannedPacket>& out);

  Dice dice_;
  TcpFlows flows_;
  std::vector<Outgoing> outgoing_;
};

}  // namespace blipd::lab
