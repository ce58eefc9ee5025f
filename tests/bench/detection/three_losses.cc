#include "tests/bench/detection/three_losses.h"

#include <vector>

#include "tests/bench/detection/ask_in_turn.h"
#include "tests/bench/detection/episodes.h"

namespace blipd::bench {
namespace {
constexpr std::uint64_t kPhase = 3;
}  // namespace

std::vector<Event> ThreeLosses::watch(Asked& asked, const AskedNetwork& network, const Run& run) const {
  Episodes episodes(network.name, run.begin);
  Edges edges;
  std::vector<unsigned> losses(network.hosts());
  std::size_t down = 0;
  Pace pace{.interval = settings_.interval, .timeout = settings_.timeout, .phase = {}};
  const Duration spacing = pace.spacing(network);
  pace.phase = std::chrono::duration_cast<Duration>(drawn(run.seed, network.name, kPhase) *
                                                    std::chrono::duration<double>(spacing));
  ask_in_turn(asked, network, pace, run.length, [&](const Heard& heard) {
    edges.note(heard.sent, heard.reply);
    unsigned& in_a_row = losses[heard.host];
    if (heard.reply) {
      down -= in_a_row >= settings_.losses ? 1U : 0U;
      in_a_row = 0;
      // All that was sent before is unanswered, though the newest of it has not timed out yet.
      episodes.close({heard.sent - spacing, heard.sent});
    } else if (++in_a_row == settings_.losses && ++down == network.hosts()) {
      episodes.open(EventClass::outage, edges.silence_began(), heard.known);
    }
  });
  return episodes.take();
}

}  // namespace blipd::bench
