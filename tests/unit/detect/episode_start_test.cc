// Where a darkness began that was met late, because the network is asked seldom.
#include <chrono>
#include <cmath>
#include <vector>

#include "daemon/detect/episode.h"
#include "tests/support/catch.h"
#include "tests/unit/detect/scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

/// Answered until 0 s, met dark at 200 s, back `lasts` after that.
Episode episode_of(Duration lasts) {
  std::vector<TargetState> hosts(16);
  FakeVantage vantage;
  LossWatch watch;
  watch.set_hosts(hosts.size());
  EpisodeTracker tracker;
  const auto reply = [&](std::uint32_t place, Duration at) {
    watch.on_reply(hosts[place % 16], place % 16, kStart + at, false);
    tracker.judge(watch, vantage, {}, kStart + at);
  };
  for (std::uint32_t i = 0; i < 16; ++i) reply(i, -200s * (16 - i));
  reply(0, 0s);
  std::uint32_t place = 0;
  for (Duration at = 200s; at < 200s + lasts; at += 1s, ++place) {
    watch.on_suspect(hosts[place % 16], place % 16, kStart + at);
    tracker.judge(watch, vantage, {}, kStart + at);
  }
  for (Duration at = 200s + lasts; at < 2000s; at += 1s, ++place) reply(place, at);
  const std::vector<Episode> ended = tracker.take_ended();
  return ended.size() == 1 ? ended[0] : Episode{};
}

double before_it_was_met(const Episode& e) { return to_seconds(kStart + 200s - e.start); }

}  // namespace

TEST_CASE("what was over soon after it was met had hardly begun long before") {
  const Episode blip = episode_of(30s);
  REQUIRE(blip.event_class == EventClass::blip);
  // sqrt(30 * 120) - 30
  CHECK(before_it_was_met(blip) == Approx(30).margin(0.5));
  // What is certain is that it began after the last answer, and before it was met.
  CHECK(blip.start - blip.start_uncertainty == kStart);
  CHECK(blip.start + blip.start_uncertainty >= kStart + 200s);
}

TEST_CASE("what lasted long may have begun at any time before it was met") {
  const Episode outage = episode_of(1200s);
  REQUIRE(outage.event_class == EventClass::outage);
  // sqrt(1200 * 1400) - 1200
  CHECK(before_it_was_met(outage) == Approx(96).margin(0.5));
  CHECK(outage.start_uncertainty >= 100s);
  CHECK(outage.start_uncertainty <= 105s);
}
