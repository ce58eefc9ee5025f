#include "tests/bench/detection/smokeping.h"

#include <vector>

#include "tests/bench/detection/episodes.h"

namespace blipd::bench {
namespace {

constexpr std::uint64_t kOffset = 4;

/// One step's pings.
struct Step {
  unsigned lost = 0;
  Duration first{};       ///< when its first ping left
  Duration last{};        ///< and its last
  Duration first_lost{};  ///< meaningful if any was
  Duration last_lost{};
};

}  // namespace

std::vector<Event> SmokePing::watch(Asked& asked, const AskedNetwork& network, const Run& run) const {
  Episodes episodes(network.name, run.begin);
  if (network.hosts() == 0) {
    return {};
  }
  unsigned bad_steps = 0;
  unsigned dark_steps = 0;
  Step before;
  Between onset;
  std::size_t host = 0;
  const double offset = drawn(run.seed, network.name, kOffset);
  Duration at = std::chrono::duration_cast<Duration>(offset * std::chrono::duration<double>(settings_.step));
  for (; at + settings_.pings * settings_.spacing + settings_.timeout < run.length; at += settings_.step) {
    Step now;
    now.first = at;
    for (unsigned ping = 0; ping < settings_.pings; ++ping) {
      now.last = at + ping * settings_.spacing;
      const EchoResult result = asked.ask(network.number, host, now.last);
      host = (host + 1) % network.hosts();
      if (!result.reply || result.after > settings_.timeout) {
        now.first_lost = now.lost == 0 ? now.last : now.first_lost;
        now.last_lost = now.last;
        ++now.lost;
      }
    }
    const Duration told = now.last + settings_.timeout;
    if (now.lost > settings_.loss * settings_.pings) {
      if (++bad_steps == 1) {
        // The first ping of a step may be lost already: then it began in the blind time before.
        onset = {now.first_lost == now.first ? before.last : now.first, now.first_lost};
      }
      dark_steps = now.lost == settings_.pings ? dark_steps + 1 : 0;
      if (bad_steps >= settings_.steps) {
        episodes.open(EventClass::spotty, onset, told);
        if (dark_steps >= settings_.steps) {
          episodes.rename(EventClass::outage);
        }
      }
    } else {
      episodes.close({before.last_lost, now.first});
      bad_steps = 0;
      dark_steps = 0;
    }
    before = now;
  }
  return episodes.take();
}

}  // namespace blipd::bench
