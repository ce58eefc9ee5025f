// A way of watching that blipd is compared with. Each is written from what was published about it; where the
// publication leaves something open the class says what was chosen, and the choice is the one that is kindest to it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "daemon/store/event.h"
#include "tests/bench/detection/asked.h"

namespace blipd::bench {

struct Run {
  Instant begin{};         ///< the instant of the start
  Duration length{};       ///< nothing is sent from here on
  std::uint64_t seed = 1;  ///< of the phases and orders that are drawn
};

class Baseline {
 public:
  virtual ~Baseline() = default;
  virtual std::string_view name() const = 0;
  /// Watches one network from start to end. Events in the order of their starts; at most one is open at a time.
  virtual std::vector<Event> watch(Asked& asked, const AskedNetwork& network, const Run& run) const = 0;
};

/// The five, with their published parameters.
std::vector<std::unique_ptr<Baseline>> all_baselines();

/// Evenly distributed in [0, 1), from the seed, a name and a purpose alone.
double drawn(std::uint64_t seed, std::string_view name, std::uint64_t purpose);

}  // namespace blipd::bench
