// blipd-lab: plays whole networks to a command (docs/lab.md).
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/lab/command_line.h"
#include "tests/lab/ending.h"
#include "tests/lab/namespace.h"
#include "tests/lab/player.h"
#include "tests/lab/world/world_play.h"

namespace {

using namespace blipd;
using namespace blipd::lab;

Result<std::vector<Listener>> open_listeners(const std::vector<std::string>& addresses) {
  std::vector<Listener> listeners;
  for (const std::string& address : addresses) {
    auto listener = open_listener(address);
    if (!listener) return listener.error();
    std::fprintf(stderr, "listening on %s\n", listener->endpoint.c_str());
    listeners.push_back(std::move(*listener));
  }
  return listeners;
}

/// Makes the namespace, starts the command in it, and leaves the rest to `play(tun, signals, child)`.
template <class PlayIt>
Result<int> run(const CommandLine& line, const Routing& routing, const PlayIt& play_it) {
  auto listeners = open_listeners(line.listen);
  if (!listeners) return listeners.error();
  if (auto entered = enter_private_namespace(); !entered) return entered.error();
  auto tun = Tun::open(routing);
  if (!tun) return tun.error();
  auto signals = open_signals();
  if (!signals) return signals.error();
  std::optional<Child> child;
  if (!line.command.empty()) {
    auto started = Child::start(line.command, *listeners);
    if (!started) return started.error();
    child = *started;
    // The command has them now; a connection after its end is refused.
    listeners->clear();
  }
  return play_it(*tun, *signals, child ? &*child : nullptr);
}

int fail(int status, const std::string& message) {
  std::fprintf(stderr, "blipd-lab: %s\n", message.c_str());
  return status;
}

int finish(const Result<int>& status) { return status ? *status : fail(1, status.error().message); }

int run_scenario(const CommandLine& line) {
  auto scenario = load_scenario(line.scenario);
  if (!scenario) return fail(2, scenario.error().message);
  if (line.seed) scenario->seed = *line.seed;
  const std::uint64_t seed = scenario->seed;
  const Routing routing = routing_of(*scenario);
  LabNetworks networks(std::move(*scenario));
  return finish(run(line, routing, [&](Tun& tun, const Descriptor& signals, Child* child) {
    return play({tun, networks, child, seed, line.truth}, signals);
  }));
}

int run_world(const CommandLine& line) {
  auto world = WorldPlay::load(line.world, line.seed, line.vantage);
  if (!world) return fail(2, world.error().message);
  return finish(run(line, world->routing(), [&](Tun& tun, const Descriptor& signals, Child* child) {
    return world->play(tun, signals, child, line.truth);
  }));
}

}  // namespace

int main(int argc, char** argv) {
  const auto line = parse_command_line(std::vector<std::string>(argv + 1, argv + argc));
  if (!line) return fail(2, line.error().message);
  if (line->help) {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  return line->world.empty() ? run_scenario(*line) : run_world(*line);
}
