// A World behind the packet interface: what the daemon sends goes into the world at once, and what comes of it is there
// to be read when its time has come. The engine above cannot tell it from sockets.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "daemon/engine/engine.h"
#include "daemon/simulate/score.h"
#include "daemon/simulate/world.h"
#include "probes/clock.h"
#include "probes/prober.h"

namespace blipd {

class SimulatedProber;

/// Used by one thread. Outlives the engine that uses its ports.
class SimulatedLink {
 public:
  /// `begin`: the instant at which the scenario's time is 0. The world outlives the link.
  SimulatedLink(World& world, Instant begin) : world_(world), begin_(begin), now_(begin) {}
  SimulatedLink(const SimulatedLink&) = delete;
  SimulatedLink& operator=(const SimulatedLink&) = delete;

  /// `icmp` and `tcp_syn` are played; opening another prober fails with a sentence.
  EnginePorts ports(std::function<void(const Event&)> on_event);

  Instant now() const { return now_; }
  /// Never goes back.
  void set_now(Instant now) { now_ = now; }
  /// When the next answer will be there to be read.
  std::optional<Instant> next_arrival() const;
  /// What was sent to networks so far, as means over `span`.
  Traffic traffic(Duration span) const;

 private:
  friend class SimulatedProber;
  void count(const Address& to);

  World& world_;
  const Instant begin_;
  Instant now_;
  std::vector<std::weak_ptr<const std::optional<Instant>>> arrivals_;  ///< of each prober
  std::vector<std::uint64_t> of_network_;
  std::unordered_map<std::uint64_t, std::uint64_t> of_prefix_;
  std::uint64_t sent_ = 0;
};

}  // namespace blipd
