// Plays a scenario of `blipd simulate` (docs/scenarios.md) in real packets. The rest of the lab knows this header and
// nothing else of that engine.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "probes/result.h"
#include "tests/lab/child.h"
#include "tests/lab/descriptor.h"
#include "tests/lab/routing.h"
#include "tests/lab/tun.h"

namespace blipd {
class World;
}

namespace blipd::lab {

class WorldPlay {
 public:
  /// `seed` and `vantage` (may be empty) are in place of the scenario's. Errors carry FILE:LINE:COLUMN.
  static Result<WorldPlay> load(const std::string& path, std::optional<std::uint64_t> seed, const std::string& vantage);
  WorldPlay(WorldPlay&&) noexcept;
  WorldPlay& operator=(WorldPlay&&) noexcept;
  ~WorldPlay();

  const Routing& routing() const { return routing_; }

  /// Plays from now, the scenario's start, to the end of the child (null: to SIGINT or SIGTERM), and then writes the
  /// truth to `truth_path` unless that is empty. Behind the scenario's length nothing happens any more. Returns the
  /// exit status of the lab.
  Result<int> play(Tun& tun, const Descriptor& signals, Child* child, const std::string& truth_path);

 private:
  WorldPlay(std::unique_ptr<World> world, Routing routing);

  std::unique_ptr<World> world_;
  Routing routing_;
};

}  // namespace blipd::lab
