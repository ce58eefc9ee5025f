#include "tests/bench/detection/ask_in_turn.h"

#include <queue>
#include <vector>

namespace blipd::bench {

void ask_in_turn(Asked& asked, const AskedNetwork& network, const Pace& pace, Duration length,
                 const std::function<void(const Heard&)>& heard) {
  const auto later = [](const Heard& a, const Heard& b) { return a.known > b.known; };
  std::priority_queue<Heard, std::vector<Heard>, decltype(later)> waiting(later);
  const auto tell_until = [&](Duration until) {
    while (!waiting.empty() && waiting.top().known < until) {
      heard(waiting.top());
      waiting.pop();
    }
  };
  const auto hosts = static_cast<Duration::rep>(network.hosts());
  for (Duration::rep n = 0; hosts > 0; ++n) {
    const Duration at = pace.phase + n / hosts * pace.interval + n % hosts * pace.interval / hosts;
    if (at >= length) {
      break;
    }
    tell_until(at);
    const auto host = static_cast<std::size_t>(n % hosts);
    const EchoResult result = asked.ask(network.number, host, at);
    const bool reply = result.reply && result.after <= pace.timeout;
    waiting.push({host, at, at + (reply ? result.after : pace.timeout), reply});
  }
  tell_until(length);
}

}  // namespace blipd::bench
