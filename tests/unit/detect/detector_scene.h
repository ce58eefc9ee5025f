// A ModuleDetector over a scene.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "daemon/detect/module_detector.h"
#include "tests/unit/detect/scene.h"

namespace blipd::detect_test {

/// Books what the scene asks, as the store does.
class DetectorScene final : public Scene {
 public:
  explicit DetectorScene(std::size_t count = 16) : Scene(count) {
    DetectionRules rules;
    rules.hosts = count;
    rules.round = kPace * static_cast<Duration::rep>(count);
    detector.configure(rules);
  }
  void fine_until(Duration end) {
    run_until(end, [](std::uint32_t, Duration) { return Fate{}; });
  }
  void dark_until(Duration end) {
    run_until(end, [](std::uint32_t, Duration) { return Fate{.lost = true}; });
  }
  void lossy_until(Duration end, double loss) {
    run_until(end, [&](std::uint32_t, Duration) { return Fate{.lost = lottery_.loses(loss)}; });
  }
  Event open_event() const {
    Event event;
    detector.describe(*detector.episode(), event);
    return event;
  }

  ModuleDetector detector;
  std::vector<State> states;  ///< every change
  std::vector<Event> ended;
  std::uint8_t hop_limit = 0;

 private:
  void suspected(std::uint32_t place, Instant sent) override { detector.on_suspect(hosts[place], place, sent); }
  void replied(std::uint32_t place, Instant sent, Duration after, bool was_suspect) override {
    if (after > kTimeout) return detector.on_late(hosts[place], sent);
    detector.on_reply(hosts[place], place, sent, after, hop_limit, was_suspect);
  }
  void booked(std::uint32_t place, Instant sent, bool reply) override {
    TargetState& host = hosts[place];
    host.outcomes = host.outcomes << 1U | (reply ? 1U : 0U);
    if (host.outcomes_known < 64) ++host.outcomes_known;
    host.failure_run = static_cast<std::uint8_t>(reply ? 0 : std::min(host.failure_run + 1, 255));
    detector.on_booked(host, place, sent, reply, host.failure_run);
  }
  void judge(Instant now) override {
    HostConditions conditions;
    for (const TargetState& host : hosts) {
      if (host.outcomes_known == 0) continue;
      if (host.failure_run == 0) {
        ++conditions.responding;
      } else if (host.failure_run >= kSilentAfter) {
        ++conditions.silent;
      } else {
        ++(host.outcomes == 0 ? conditions.unheard : conditions.wavering);
      }
    }
    const Instant until = now - kTimeout - kHold;
    const bool due = (now - kStart) % std::chrono::minutes(1) == Duration::zero();
    if (due || detector.wants_first_look(until)) detector.inspect(hosts, until);
    detector.judge(vantage, conditions, until, now);
    for (const Episode& episode : detector.take_ended()) {
      Event event;
      detector.describe(episode, event);
      ended.push_back(std::move(event));
    }
    if (states.empty() || states.back() != detector.state()) states.push_back(detector.state());
  }

  Lottery lottery_{23};
};

}  // namespace blipd::detect_test
