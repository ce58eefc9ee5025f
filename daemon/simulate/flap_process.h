// A flapping route: the network falls again and again, each of its prefixes a little later than the first, and comes
// back. While a fall or a return spreads through the routers, packets circle.
#pragma once

#include <cstddef>
#include <cstdint>

#include "daemon/simulate/random.h"
#include "daemon/simulate/scenario.h"
#include "probes/clock.h"

namespace blipd {

enum class RouteState : std::uint8_t { there, gone, looping };

/// The first fall is at `start`; no fall is at `end` or later, and all is back by then. A prefix that has not come back
/// when the next fall begins comes back then. Questions go forward in time.
class FlapProcess {
 public:
  FlapProcess() = default;
  /// `spec` outlives the process.
  FlapProcess(const FlappingSpec& spec, std::uint64_t seed, Duration start, Duration end);

  RouteState state_at(std::size_t prefix, Duration at);
  /// The loss of each packet while it is light; constant from one fall to the next.
  double loss_between(Duration at);

  struct Cycle {
    std::size_t number = 0;
    Duration falls{};  ///< of the network; a prefix adds its stagger
    Duration down{};
    Duration next{};  ///< fall, or the end
  };
  /// The cycle that `at` lies in.
  const Cycle& cycle_at(Duration at);
  struct Darkness {
    Duration from{};
    Duration to{};
  };
  /// Of one prefix in the current cycle.
  Darkness darkness(std::size_t prefix) const;

 private:
  void advance();

  const FlappingSpec* spec_ = nullptr;
  Random random_{0};
  std::uint64_t seed_ = 0;
  Duration end_{};
  Cycle cycle_;
  double between_ = 0;
};

/// What a whole run of the process amounts to. It lasts from the first fall to the last return of any prefix, or, if
/// packets are lost between the falls as well, from start to end.
struct FlapSummary {
  std::size_t falls = 0;
  Duration first_fall{};
  Duration last_return{};
  double loss = 0;  ///< mean over prefixes from the first fall to the last return
};
FlapSummary summarise_flaps(FlapProcess process, std::size_t prefixes, Duration start, Duration end);

}  // namespace blipd
