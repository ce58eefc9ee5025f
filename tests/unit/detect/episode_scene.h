// An EpisodeTracker over a scene, and what it has said.
#pragma once

#include <iterator>
#include <utility>
#include <vector>

#include "daemon/detect/episode.h"
#include "tests/unit/detect/scene.h"

namespace blipd::detect_test {

class EpisodeScene final : public Scene {
 public:
  /// What was open, from then on.
  struct Said {
    std::uint64_t serial;
    EventClass event_class;
    Duration at;
    bool operator==(const Said&) const = default;
  };

  explicit EpisodeScene(std::size_t count = 16, Duration pace = kPace) : Scene(count, pace) { watch.set_hosts(count); }

  void fine_until(Duration end) {
    run_until(end, [](std::uint32_t, Duration) { return Fate{}; });
  }
  void dark_until(Duration end) {
    run_until(end, [](std::uint32_t, Duration) { return Fate{.lost = true}; });
  }
  void lossy_until(Duration end, double loss) {
    run_until(end, [&](std::uint32_t, Duration) { return Fate{.lost = lottery_.loses(loss)}; });
  }
  EventClass open_class() const { return tracker.open()->event_class; }
  /// When that serial was first called so; zero if never.
  Duration when(std::uint64_t serial, EventClass c) const {
    for (const Said& s : said) {
      if (s.serial == serial && s.event_class == c) return s.at;
    }
    return {};
  }
  Duration at_of(Instant t) const { return t - kStart; }
  void collect() {
    std::vector<Episode> now_ended = tracker.take_ended();
    std::move(now_ended.begin(), now_ended.end(), std::back_inserter(ended));
  }

  LossWatch watch;
  EpisodeTracker tracker;
  SlowSigns signs;
  std::vector<Episode> ended;
  std::vector<Said> said;     ///< each change of what is open
  std::vector<Phase> phases;  ///< each change

 private:
  void suspected(std::uint32_t place, Instant sent) override { watch.on_suspect(hosts[place], place, sent); }
  void replied(std::uint32_t place, Instant sent, Duration after, bool was_suspect) override {
    if (after > kTimeout) return watch.on_late(hosts[place], sent);
    watch.on_reply(hosts[place], place, sent, was_suspect);
  }
  void booked(std::uint32_t, Instant, bool) override {}
  void judge(Instant now) override {
    tracker.judge(watch, vantage, signs, now);
    collect();
    if (phases.empty() || phases.back() != tracker.phase()) phases.push_back(tracker.phase());
    if (!tracker.open()) return;
    const Said s{tracker.open()->serial, tracker.open()->event_class, now - kStart};
    if (said.empty() || said.back().serial != s.serial || said.back().event_class != s.event_class) said.push_back(s);
  }

  Lottery lottery_{17};
};

}  // namespace blipd::detect_test
