// The lab's networks without a device: a packet goes in with its time, planned answers come out. Pure but for its
// random numbers, which depend on nothing but the seed and the order of the packets.
#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

#include "tests/lab/packets.h"
#include "tests/lab/scenario.h"
#include "tests/lab/truth.h"

namespace blipd::lab {

/// A packet to be handed to the vantage at `at`.
struct PlannedPacket {
  Elapsed at{};
  Bytes bytes;
};

class LabNetworks {
 public:
  explicit LabNetworks(Scenario scenario);

  /// Takes one packet that arrived at `now` and appends the answers to `out`, those of equal time in the order in which
  /// they must leave.
  void receive(std::span<const std::uint8_t> packet, Elapsed now, std::vector<PlannedPacket>& out);

  const Truth& truth() const { return truth_; }
  Truth& truth() { return truth_; }

 private:
  struct Range {
    IpPrefix prefix;
    std::size_t network = 0;
    std::uint64_t first_index = 0;  ///< number of the prefix's first host in its network
  };

  const Range* find(const Ip& address) const;
  const Behaviour& behaviour_of(const NetworkScenario& network, const Ip& address) const;
  bool dark(const Range& range, const Behaviour& behaviour, const Ip& address, Elapsed now) const;
  Counts answer(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const Behaviour& behaviour,
                Elapsed now, std::vector<PlannedPacket>& out);
  bool happens(double probability);
  Elapsed delay_of(const Behaviour& behaviour);

  Scenario scenario_;
  std::vector<Range> ranges_;  ///< in the order of their first addresses
  std::mt19937_64 random_;
  Truth truth_;
};

}  // namespace blipd::lab
