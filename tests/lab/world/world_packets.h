// A World of daemon/simulate in packets: a request goes in with its time, the answer comes out with its own. The lab's
// own code reads and writes the bytes, so that a fault in blipd's cannot hide itself. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "daemon/simulate/world.h"
#include "probes/result.h"
#include "tests/lab/ip_packet.h"
#include "tests/lab/routing.h"
#include "tests/lab/segments.h"

namespace blipd::lab {

/// Packets from the command. What became of those to networks, the World counts.
struct PacketCounts {
  std::uint64_t requests = 0;             ///< echo requests and SYNs
  std::uint64_t answers = 0;              ///< to them, errors among these
  std::uint64_t bad_checksum = 0;         ///< echo requests and TCP segments with a wrong one: not answered
  std::uint64_t unknown_destination = 0;  ///< those of `requests` that were for nobody of the scenario
  std::uint64_t ignored = 0;              ///< what is neither, other segments (resets of the kernel) among it
};

struct PlannedAnswer {
  std::size_t size = 0;  ///< octets
  Elapsed at{};          ///< when it reaches the vantage
};

class WorldPackets {
 public:
  /// The world outlives this.
  explicit WorldPackets(World& world) : world_(world) {}

  /// Takes one packet of at most `kMtu` octets that arrived at `now`, and writes its answer to `out`, which has room
  /// for `kMtu`. Nullopt: none comes. Times count from the scenario's start and do not go back. TCP is half-open: a SYN
  /// is answered once, and what follows it is ignored.
  std::optional<PlannedAnswer> receive(std::span<const std::uint8_t> packet, Elapsed now, std::span<std::uint8_t> out);

  const PacketCounts& counts() const { return counts_; }

 private:
  Fate ask(const Ip& to, Protocol protocol, Elapsed now);

  World& world_;
  PacketCounts counts_;
};

/// The vantage's addresses in a world.
inline constexpr const char* kWorldAddress = "198.51.100.9";
inline constexpr const char* kWorldAddress6 = "2001:db8:ffff::9";
/// Everything that a scenario probes. Fails if one of its hosts has the vantage's address.
Result<Routing> routing_of(const World& world);

}  // namespace blipd::lab
