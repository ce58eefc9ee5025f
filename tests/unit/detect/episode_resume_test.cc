// Episodes that an earlier run left open: what the first evidence makes of them.
#include "tests/support/catch.h"
#include "tests/unit/detect/detector_scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

/// Began half an hour before the start; the run before watched until three minutes before it.
Event left_open(EventClass event_class) {
  Event event;
  event.event_class = event_class;
  event.start = kStart - 30min;
  event.start_uncertainty = 500ms;
  event.detected_at = kStart - 30min + 6s;
  event.hosts_affected = event.hosts_total = 16;
  event.evidence.log_likelihood = 40;
  return event;
}
constexpr Instant kWatchedUntil = kStart - 3min;

double minutes_of(const Instant t) { return static_cast<double>((t - kStart).count()) / 60e9; }

}  // namespace

TEST_CASE("an outage that was left open is unknown until something is booked, and then goes on as what it was") {
  DetectorScene scene;
  scene.detector.resume(left_open(EventClass::outage), kWatchedUntil, kStart);
  scene.dark_until(7s);
  CHECK(scene.states == std::vector<State>{State::unknown});
  REQUIRE(scene.detector.episode());
  scene.dark_until(10min);
  CHECK(scene.states == std::vector<State>{State::unknown, State::down});
  REQUIRE(scene.detector.episode());
  CHECK(scene.detector.episode()->event_class == EventClass::outage);
  CHECK(scene.detector.episode()->start == kStart - 30min);
  CHECK(scene.detector.episode()->start_uncertainty == 500ms);
  CHECK(scene.open_event().evidence.log_likelihood == 40);
  scene.fine_until(12min);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::outage);
  CHECK(minutes_of(*scene.ended[0].end) == Approx(10).margin(0.05));
  CHECK(scene.ended[0].evidence.falls == 1);
  CHECK(scene.ended[0].evidence.dark > 39min);
  CHECK(scene.states.back() == State::up);
}

TEST_CASE("an outage that was over when somebody watched again ends in the gap, as one event and without a down") {
  const std::size_t hosts = GENERATE(1U, 3U, 16U);
  DetectorScene scene(hosts);
  scene.detector.resume(left_open(EventClass::outage), kWatchedUntil, kStart);
  scene.fine_until(5min);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::outage);
  CHECK(minutes_of(*scene.ended[0].end) == Approx(-1.5).margin(0.05));
  CHECK(scene.ended[0].end_uncertainty > 89s);
  CHECK_FALSE(scene.detector.episode());
  CHECK(scene.states == std::vector<State>{State::unknown, State::up});
}

TEST_CASE("a blip that was held open in case there was more of it stays a blip, and ends where it ended") {
  DetectorScene scene;
  Event blip = left_open(EventClass::blip);
  blip.start = kStart - 5min;
  blip.evidence.dark = 20s;
  scene.detector.resume(blip, kWatchedUntil, kStart);
  scene.fine_until(5min);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::blip);
  CHECK(*scene.ended[0].end == kStart - 5min + 20s + 500ms);
  CHECK(scene.states == std::vector<State>{State::unknown, State::up});
}

TEST_CASE("a loss of a part of the probes goes on, and ends when it is over") {
  DetectorScene scene;
  Event spotty = left_open(EventClass::spotty);
  spotty.evidence.loss = 0.4;
  scene.detector.resume(spotty, kWatchedUntil, kStart);
  scene.lossy_until(15min, 0.4);
  CHECK(scene.ended.empty());
  REQUIRE(scene.detector.episode());
  CHECK(scene.detector.episode()->start == kStart - 30min);
  CHECK(scene.states == std::vector<State>{State::unknown, State::spotty});
  scene.fine_until(40min);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::spotty);
  CHECK(minutes_of(*scene.ended[0].end) == Approx(15).margin(0.1));
}

TEST_CASE("a loss of a part of the probes that went away unwatched ends in the gap") {
  DetectorScene scene;
  Event spotty = left_open(EventClass::spotty);
  spotty.evidence.loss = 0.4;
  scene.detector.resume(spotty, kWatchedUntil, kStart);
  scene.fine_until(30min);
  REQUIRE(scene.ended.size() == 1);
  CHECK(minutes_of(*scene.ended[0].end) == Approx(-1.5).margin(0.1));
}

TEST_CASE("total loss after a loss in part that was left open is told, and overlaps it nowhere") {
  DetectorScene scene;
  Event spotty = left_open(EventClass::spotty);
  spotty.evidence.loss = 0.4;
  scene.detector.resume(spotty, kWatchedUntil, kStart);
  scene.dark_until(10min);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::spotty);
  REQUIRE(scene.detector.episode());
  CHECK(scene.detector.episode()->event_class == EventClass::outage);
  CHECK(scene.detector.episode()->start >= *scene.ended[0].end);
  CHECK(scene.states == std::vector<State>{State::unknown, State::spotty, State::down});
}

TEST_CASE("hosts that were silent apart from the rest: the event goes on while they are") {
  const bool still = GENERATE(true, false);
  DetectorScene scene(40);
  for (std::uint32_t i = 0; i < 10; ++i) {
    scene.hosts[i].outcomes_known = 20;
    scene.hosts[i].outcomes = 0xf0000;
    scene.hosts[i].failure_run = scene.hosts[i].suspect_run = 16;
  }
  scene.detector.recount(scene.hosts);
  Event partial = left_open(EventClass::spotty);
  partial.cause = EventCause::host;
  partial.hosts_affected = 10;
  partial.hosts_total = 40;
  scene.detector.resume(partial, kWatchedUntil, kStart);
  scene.run_until(10min, [&](std::uint32_t place, Duration) { return Fate{.lost = still && place < 10}; });
  if (still) {
    CHECK(scene.ended.empty());
    REQUIRE(scene.detector.episode());
    CHECK(scene.detector.episode()->start == kStart - 30min);
    CHECK(scene.states == std::vector<State>{State::unknown, State::spotty});
  } else {
    REQUIRE(scene.ended.size() == 1);
    CHECK(*scene.ended[0].end + scene.ended[0].end_uncertainty >= kStart);
    CHECK(*scene.ended[0].end - scene.ended[0].end_uncertainty <= kStart);
    CHECK(scene.states.back() == State::up);
  }
}

TEST_CASE("a beat goes on over a short gap, and is another after a long one") {
  DetectorScene scene;
  Event flapping = left_open(EventClass::flapping);
  flapping.start = kStart - 90min;
  flapping.evidence.falls = 8;
  flapping.evidence.period = 10min;
  flapping.evidence.steady = true;
  flapping.evidence.dark = 24min;
  SECTION("three minutes") {
    scene.detector.resume(flapping, kWatchedUntil, kStart);
    for (int i = 0; i < 4; ++i) {
      scene.fine_until(scene.at() + 7min);
      scene.dark_until(scene.at() + 100s);
    }
    CHECK(scene.ended.empty());
    REQUIRE(scene.detector.episode());
    CHECK(scene.detector.episode()->event_class == EventClass::flapping);
    CHECK(scene.detector.episode()->start == kStart - 90min);
    CHECK(scene.detector.episode()->falls > 8);
    CHECK(scene.states == std::vector<State>{State::unknown, State::flapping});
  }
  SECTION("six hours") {
    flapping.start -= 6h;
    scene.detector.resume(flapping, kWatchedUntil - 6h, kStart);
    CHECK_FALSE(scene.detector.episode());
    scene.fine_until(5min);
    CHECK(scene.ended.empty());
    CHECK(scene.states.back() == State::up);
  }
}

TEST_CASE("instants before the machine started are moments like others") {
  DetectorScene scene;
  Event outage = left_open(EventClass::outage);
  outage.start = Instant(-20h);
  outage.detected_at = outage.start + 5s;
  scene.detector.resume(outage, Instant(-1h), kStart);
  scene.dark_until(1min);
  REQUIRE(scene.detector.episode());
  CHECK(scene.detector.episode()->start == Instant(-20h));
  scene.fine_until(3min);
  REQUIRE(scene.ended.size() == 1);
  CHECK(minutes_of(*scene.ended[0].end) == Approx(1).margin(0.05));
  scene.dark_until(10min);
  REQUIRE(scene.detector.episode());
  CHECK(scene.detector.episode()->start > kStart);
}
