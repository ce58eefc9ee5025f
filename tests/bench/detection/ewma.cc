#include "tests/bench/detection/ewma.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/bench/detection/ask_in_turn.h"
#include "tests/bench/detection/episodes.h"

namespace blipd::bench {
namespace {
constexpr std::uint64_t kPhase = 5;
}  // namespace

bool RmonAlarm::update(double value) {
  if (value >= rising_) {
    raised_ = true;
  } else if (value <= falling_) {
    raised_ = false;
  }
  return raised_;
}

std::vector<Event> Ewma::watch(Asked& asked, const AskedNetwork& network, const Run& run) const {
  Episodes episodes(network.name, run.begin);
  RmonAlarm spotty(settings_.rising, settings_.falling);
  RmonAlarm dark(settings_.dark_rising, settings_.dark_falling);
  double loss = 0;
  Duration last_reply{};
  std::optional<Between> climb;  // where the climb from below the falling threshold began
  Duration last_loss{};
  Pace pace{.interval = settings_.interval, .timeout = settings_.timeout, .phase = {}};
  const Duration spacing = pace.spacing(network);
  pace.phase = std::chrono::duration_cast<Duration>(drawn(run.seed, network.name, kPhase) *
                                                    std::chrono::duration<double>(spacing));
  ask_in_turn(asked, network, pace, run.length, [&](const Heard& heard) {
    loss += settings_.weight * ((heard.reply ? 0.0 : 1.0) - loss);
    if (heard.reply) {
      last_reply = std::max(last_reply, heard.sent);
    } else {
      last_loss = heard.sent;
      if (!climb) {
        climb = {std::min(last_reply, heard.sent), heard.sent};
      }
    }
    const bool raised = spotty.update(loss);
    const bool total = dark.update(loss);
    if (raised) {
      episodes.open(EventClass::spotty, climb.value_or(Between{heard.sent, heard.sent}), heard.known);
      if (total) {
        episodes.rename(EventClass::outage);
      }
    } else {
      episodes.close({last_loss, last_loss + spacing});
    }
    if (loss <= settings_.falling && heard.reply) {
      climb.reset();
    }
  });
  return episodes.take();
}

}  // namespace blipd::bench
