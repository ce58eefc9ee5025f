// The shipped schedule, store and detector in a World and in virtual time: what blipd would have said.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/simulate/scenario.h"
#include "daemon/simulate/score.h"
#include "daemon/simulate/world.h"
#include "probes/result.h"

namespace blipd {

/// The instant at which a scenario's time is 0: late enough that nothing reaches back before the first one.
inline constexpr Instant kSimulationBegin{std::chrono::hours(48)};

struct SimulationOptions {
  std::optional<std::uint64_t> seed;  ///< in place of the scenario's
  std::string vantage;                ///< in place of the scenario's
  /// Told of each event when it opens, when what is said of it has changed, and when it has ended, with the scenario's
  /// time. May be empty.
  std::function<void(const Event& event, Duration at)> told;
  /// Shown the world when all is over, with its packets counted in stretches of `truth_interval`. May be empty.
  std::function<void(const World& world)> played;
};

struct SimulationResult {
  std::uint64_t seed = 0;
  std::string vantage;
  std::size_t hosts = 0;
  std::uint64_t probes = 0;  ///< to networks, of every purpose
  Instant begin{};           ///< the instant at which the scenario's time was 0
  ScoreInput input;          ///< what the score is made of
  Score score;
};

/// In what stretches a scenario's packets are counted: seconds, minutes or hours, so that there are at most
/// `kMostTruthRows` of them, all networks together.
inline constexpr std::size_t kMostTruthRows = 4'000'000;
Duration truth_interval(std::size_t networks, Duration length);

/// Runs the whole scenario, probed as scenario_config.h says. Fails if the `blipd:` section is wrong or asks for a
/// prober that cannot be played.
Result<SimulationResult> simulate(const Scenario& scenario, const SimulationOptions& options);

}  // namespace blipd
