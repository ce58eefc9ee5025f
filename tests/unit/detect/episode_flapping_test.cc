// Falls that come again and again, and what is taken back.
#include "daemon/detect/episode.h"
#include "tests/support/catch.h"
#include "tests/unit/detect/episode_scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

double start_of(const EpisodeScene& scene, const Episode& e) { return to_seconds(scene.at_of(e.start)); }
double end_of(const EpisodeScene& scene, const Episode& e) { return to_seconds(scene.at_of(*e.end)); }

/// Falls of 90 s, one each period.
void falls(EpisodeScene& scene, Duration first, Duration period, int count) {
  for (int i = 0; i < count; ++i) {
    scene.fine_until(first + i * period);
    scene.dark_until(first + i * period + 90s);
  }
}

}  // namespace

TEST_CASE("flapping is declared at the third fall and dated back to the first") {
  EpisodeScene scene;
  falls(scene, 10min, 20min, 2);
  scene.fine_until(45min);
  REQUIRE(scene.ended.size() == 2);
  CHECK(scene.ended[0].event_class == EventClass::blip);
  CHECK(scene.ended[1].event_class == EventClass::blip);
  scene.fine_until(50min);
  scene.dark_until(51min);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::flapping);
  CHECK(scene.tracker.open()->serial == 3);
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(600).margin(1));
  CHECK(scene.tracker.open()->falls == 3);
  REQUIRE(scene.tracker.open()->period);
  CHECK(to_seconds(*scene.tracker.open()->period) == Approx(1200).margin(1));
}

TEST_CASE("a flapping network is one episode, until it has ceased to fall") {
  EpisodeScene scene;
  falls(scene, 10min, 20min, 8);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::flapping);
  CHECK(scene.tracker.open()->serial == 3);
  CHECK(scene.tracker.open()->falls == 8);
  CHECK(scene.tracker.open()->steady);
  CHECK(scene.ended.size() == 2);
  scene.fine_until(150min + 90min);
  CHECK(scene.tracker.open());
  scene.fine_until(150min + 130min);
  REQUIRE(scene.ended.size() == 3);
  CHECK(scene.ended[2].event_class == EventClass::flapping);
  CHECK(start_of(scene, scene.ended[2]) == Approx(600).margin(1));
  CHECK(end_of(scene, scene.ended[2]) == Approx(150 * 60 + 90).margin(1));
  CHECK_FALSE(scene.tracker.open());
}

TEST_CASE("dark for over two minutes closes the flapping and is an outage from its beginning on") {
  EpisodeScene scene;
  falls(scene, 10min, 20min, 4);
  scene.fine_until(90min);
  scene.dark_until(91min);
  CHECK(scene.open_class() == EventClass::flapping);
  scene.dark_until(95min);
  REQUIRE(scene.ended.size() == 3);
  CHECK(scene.ended[2].event_class == EventClass::flapping);
  CHECK(end_of(scene, scene.ended[2]) == Approx(90 * 60).margin(1));
  CHECK(scene.open_class() == EventClass::outage);
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(90 * 60).margin(1));
  CHECK(scene.tracker.down());
  scene.dark_until(150min);
  scene.fine_until(160min);
  REQUIRE(scene.ended.size() == 4);
  CHECK(scene.ended[3].event_class == EventClass::outage);
  CHECK(end_of(scene, scene.ended[3]) == Approx(150 * 60).margin(1));
}

TEST_CASE("a fall longer than the others is no outage up to twice the longest") {
  EpisodeScene scene;
  falls(scene, 10min, 20min, 4);
  scene.fine_until(90min);
  scene.dark_until(92min + 40s);
  scene.fine_until(110min);
  CHECK(scene.ended.size() == 2);
  CHECK(scene.open_class() == EventClass::flapping);
  CHECK(scene.tracker.open()->falls == 5);
}

TEST_CASE("what flapped before an outage flaps with the first fall after it, from then on") {
  EpisodeScene scene;
  falls(scene, 10min, 20min, 4);
  scene.fine_until(90min);
  scene.dark_until(95min);
  falls(scene, 110min, 20min, 3);
  REQUIRE(scene.ended.size() == 4);
  CHECK(scene.ended[2].event_class == EventClass::flapping);
  CHECK(scene.ended[3].event_class == EventClass::outage);
  CHECK(end_of(scene, scene.ended[3]) == Approx(95 * 60).margin(1));
  CHECK(scene.open_class() == EventClass::flapping);
  CHECK(scene.tracker.open()->serial == 5);
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(110 * 60).margin(1));
  CHECK(scene.tracker.open()->falls == 3);
  CHECK(scene.when(5, EventClass::flapping) < 111min);
}

TEST_CASE("bursts of loss are no falls") {
  EpisodeScene scene;
  scene.fine_until(60s);
  // Five seconds in sixteen are lost, on all hosts at once.
  scene.run_until(40min, [](std::uint32_t, Duration at) { return Fate{.lost = at / 1s % 16 < 5}; });
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::spotty);
  CHECK(scene.tracker.open()->serial == 1);
  CHECK(scene.when(1, EventClass::flapping) == 0s);
}

TEST_CASE("answers that turn out to be only slow take the episode back") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.run_until(64s, [](std::uint32_t, Duration) { return Fate{.after = 4s}; });
  scene.fine_until(180s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].retracted);
  CHECK_FALSE(scene.tracker.open());
  CHECK(scene.tracker.phase() == Phase::quiet);
}

TEST_CASE(
    "answers that go on being slow are not told again and again, and what is dark meanwhile is told a little later") {
  EpisodeScene scene;
  scene.fine_until(60s);
  const auto slow = [](std::uint32_t, Duration) { return Fate{.after = 4s}; };
  scene.run_until(300s, slow);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].retracted);
  CHECK_FALSE(scene.tracker.open());
  scene.dark_until(316s);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::outage);
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(300).margin(1));
}

TEST_CASE("answers within the timeout never make an episode, if a little slower than expected") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.run_until(600s, [](std::uint32_t, Duration) { return Fate{.after = 2500ms}; });
  scene.fine_until(700s);
  CHECK(scene.said.empty());
}

TEST_CASE("an episode that rests on a time when our own side was ill is taken back") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.dark_until(70s);
  REQUIRE(scene.tracker.open());
  SECTION("it began then") {
    scene.tracker.vantage_was_ill(scene.watch, kStart + 59s, kStart + 71s, scene.now());
    scene.collect();
    REQUIRE(scene.ended.size() == 1);
    CHECK(scene.ended[0].retracted);
    CHECK(scene.tracker.phase() == Phase::quiet);
    CHECK(scene.watch.quiet());
    scene.fine_until(300s);
    CHECK(scene.ended.size() == 1);
  }
  SECTION("it began moments before the first loss a reference saw") {
    scene.tracker.vantage_was_ill(scene.watch, kStart + 62s, kStart + 71s, scene.now());
    scene.collect();
    REQUIRE(scene.ended.size() == 1);
    CHECK(scene.ended[0].retracted);
  }
  SECTION("it had begun long before") {
    scene.tracker.vantage_was_ill(scene.watch, kStart + 65s, kStart + 69s, scene.now());
    scene.collect();
    CHECK(scene.ended.empty());
    CHECK(scene.open_class() == EventClass::outage);
  }
}

TEST_CASE("what is lost while our own side is ill is not judged") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.vantage.ill = {kStart + 59s, kStart + 80s};
  scene.dark_until(79s);
  CHECK(scene.said.empty());
}

TEST_CASE("nothing is told before our own side has been seen to work") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.vantage.confirmed = kStart + 60s;
  scene.dark_until(80s);
  CHECK(scene.said.empty());
  scene.vantage.confirmed = kStart + 80s;
  scene.dark_until(81s);
  REQUIRE(scene.tracker.open());
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(60).margin(0.5));
}

TEST_CASE("while references lose a little, partial loss waits and total loss does not") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.vantage.doubt = true;
  SECTION("partial") {
    scene.lossy_until(180s, 0.3);
    CHECK(scene.said.empty());
    scene.vantage.doubt = false;
    scene.lossy_until(200s, 0.3);
    CHECK(scene.tracker.open());
  }
  SECTION("total") {
    scene.dark_until(70s);
    CHECK(scene.tracker.open());
  }
}

TEST_CASE("a suspicion asks for more probes, and darkness stops asking after two minutes") {
  EpisodeScene scene;
  scene.fine_until(60s);
  CHECK(scene.tracker.curiosity() == Curiosity::none);
  scene.dark_until(62s);
  CHECK(scene.tracker.curiosity() == Curiosity::total);
  scene.dark_until(300s);
  int asked = 0;
  for (Duration at = 300s; at < 600s; at += 250ms) {
    scene.dark_until(at);
    asked += scene.tracker.curiosity() != Curiosity::none ? 1 : 0;
  }
  CHECK(asked == 0);
}
