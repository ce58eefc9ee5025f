// One episode: how it opens, what it is called, how it ends. Flapping and what is taken back: episode_flapping_test.cc.
#include "daemon/detect/episode.h"

#include "tests/support/catch.h"
#include "tests/unit/detect/episode_scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

using Said = EpisodeScene::Said;
constexpr double kSecond = 1e9;

double seconds(Duration d) { return static_cast<double>(d.count()) / kSecond; }
double start_of(const EpisodeScene& scene, const Episode& e) { return seconds(scene.at_of(e.start)); }
double end_of(const EpisodeScene& scene, const Episode& e) { return seconds(scene.at_of(*e.end)); }

}  // namespace

TEST_CASE("total loss is told within seconds, an outage while it lasts, and ends with the first answers") {
  EpisodeScene scene;
  scene.fine_until(60s);
  CHECK(scene.phases == std::vector<Phase>{Phase::quiet});
  scene.dark_until(65s);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::outage);
  CHECK(scene.tracker.down());
  CHECK(scene.tracker.open()->together);
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(60).margin(0.5));
  CHECK(scene.tracker.open()->start_uncertainty <= 250ms);
  CHECK(scene.tracker.open()->detected - scene.tracker.open()->start < 5s);
  scene.dark_until(660s);
  CHECK(scene.open_class() == EventClass::outage);
  scene.fine_until(662s);
  // Two answers are a return; that all of it is back shows in some seconds.
  CHECK(scene.tracker.phase() == Phase::lossy);
  scene.fine_until(720s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::outage);
  CHECK(end_of(scene, scene.ended[0]) == Approx(660).margin(0.5));
  CHECK(scene.ended[0].falls == 1);
  CHECK(seconds(scene.ended[0].dark) == Approx(600).margin(1));
  CHECK_FALSE(scene.tracker.open());
  CHECK(scene.phases == std::vector<Phase>{Phase::quiet, Phase::dark, Phase::lossy, Phase::after, Phase::quiet});
}

TEST_CASE("total loss that is over within two minutes was a blip, under the same serial") {
  const Duration dark = GENERATE(Duration(5s), Duration(20s), Duration(110s));
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.dark_until(60s + dark);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::outage);
  scene.fine_until(60s + dark + 60s);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::blip);
  CHECK(scene.tracker.phase() == Phase::after);
  CHECK_FALSE(scene.tracker.down());
  scene.fine_until(60s + dark + 200s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::blip);
  CHECK(start_of(scene, scene.ended[0]) == Approx(60).margin(0.5));
  CHECK(end_of(scene, scene.ended[0]) == Approx(60 + seconds(dark)).margin(0.5));
  CHECK(scene.said == std::vector<Said>{{1, EventClass::outage, scene.when(1, EventClass::outage)},
                                        {1, EventClass::blip, scene.when(1, EventClass::blip)}});
}

TEST_CASE("hosts that are asked every second, or ten times, fall dark as others do") {
  const Duration pace = GENERATE(Duration(62500us), Duration(6250us));
  EpisodeScene scene(16, pace);
  scene.fine_until(10s);
  scene.dark_until(14s);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::outage);
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(10).margin(0.2));
  scene.fine_until(40s);
  CHECK(scene.open_class() == EventClass::blip);
}

TEST_CASE("what is too short is no episode") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.dark_until(62s);
  scene.fine_until(200s);
  CHECK(scene.said.empty());
}

TEST_CASE("loss that leaves some through is spotty, and over when it has been fine for long enough") {
  const double loss = GENERATE(0.15, 0.3, 0.6);
  EpisodeScene scene;
  scene.fine_until(300s);
  scene.lossy_until(1500s, loss);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::spotty);
  CHECK(scene.tracker.open()->serial == 1);
  CHECK_FALSE(scene.tracker.open()->together);
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(300).margin(60));
  scene.fine_until(3600s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::spotty);
  CHECK(end_of(scene, scene.ended[0]) == Approx(1500).margin(60));
  CHECK(scene.when(1, EventClass::outage) == 0s);
}

TEST_CASE("hosts that lose by themselves are nobody's episode") {
  EpisodeScene scene;
  Lottery lottery(3);
  scene.run_until(2h, [&](std::uint32_t place, Duration) {
    // Two hosts are dead, one loses every other packet, and all lose one in a hundred.
    return Fate{.lost = place < 2 || (place == 2 && lottery.loses(0.5)) || lottery.loses(0.01)};
  });
  CHECK(scene.said.empty());
}

TEST_CASE("a blip that more loss follows is spotty, under the same serial") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.dark_until(80s);
  scene.lossy_until(300s, 0.3);
  REQUIRE(scene.tracker.open());
  CHECK(scene.tracker.open()->serial == 1);
  CHECK(scene.open_class() == EventClass::spotty);
  CHECK(scene.when(1, EventClass::outage) > 60s);
  CHECK(start_of(scene, *scene.tracker.open()) == Approx(60).margin(0.5));
  scene.fine_until(1800s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(end_of(scene, scene.ended[0]) == Approx(300).margin(30));
}

TEST_CASE("two blips close together are one spotty episode") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.dark_until(75s);
  scene.fine_until(120s);
  scene.dark_until(135s);
  scene.fine_until(1800s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::spotty);
  CHECK(scene.ended[0].falls == 2);
  CHECK(start_of(scene, scene.ended[0]) == Approx(60).margin(0.5));
  CHECK(end_of(scene, scene.ended[0]) == Approx(135).margin(1));
}

TEST_CASE("two minutes of darkness inside spotty loss are an outage of their own, from their beginning on") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.lossy_until(240s, 0.3);
  REQUIRE(scene.tracker.open());
  scene.dark_until(350s);
  CHECK(scene.ended.empty());
  CHECK(scene.open_class() == EventClass::spotty);
  scene.dark_until(500s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::spotty);
  CHECK(end_of(scene, scene.ended[0]) == Approx(240).margin(2));
  CHECK(scene.open_class() == EventClass::outage);
  CHECK(scene.tracker.open()->start == *scene.ended[0].end);
  CHECK(scene.tracker.down());
  scene.fine_until(700s);
  REQUIRE(scene.ended.size() == 2);
  CHECK(scene.ended[1].event_class == EventClass::outage);
  CHECK(end_of(scene, scene.ended[1]) == Approx(500).margin(0.5));
}

TEST_CASE("loss that goes on for two minutes after an outage is an episode of its own") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.dark_until(260s);
  scene.lossy_until(340s, 0.3);
  CHECK(scene.ended.empty());
  CHECK(scene.open_class() == EventClass::outage);
  scene.lossy_until(600s, 0.3);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::outage);
  CHECK(end_of(scene, scene.ended[0]) == Approx(260).margin(3));
  CHECK(scene.open_class() == EventClass::spotty);
  CHECK(scene.tracker.open()->start == *scene.ended[0].end);
  CHECK_FALSE(scene.tracker.down());
}

TEST_CASE("one answer in the middle of an outage does not end it") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.run_until(600s, [](std::uint32_t place, Duration at) {
    return Fate{.lost = place != 3 || (at / 1s) % 60 < 30 || (at / 1s) % 60 > 33};
  });
  REQUIRE(scene.tracker.open());
  CHECK(scene.ended.empty());
  CHECK(scene.open_class() == EventClass::outage);
  CHECK(scene.said.size() == 1);
}

TEST_CASE("more silent hosts than chance explains are a part, told slowly, until they are back") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.signs.silent_part = Border{kStart + 50s, 15s};
  scene.signs.uncertainty = 15s;
  scene.fine_until(120s);
  REQUIRE(scene.tracker.open());
  CHECK(scene.tracker.phase() == Phase::partial);
  CHECK(scene.tracker.open()->partial);
  CHECK(scene.open_class() == EventClass::spotty);
  CHECK(scene.tracker.open()->start == kStart + 50s);
  CHECK(scene.tracker.open()->start_uncertainty == 15s);
  scene.signs.silent_part.reset();
  scene.fine_until(180s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(end_of(scene, scene.ended[0]) == Approx(105).margin(1));
  CHECK(scene.tracker.phase() == Phase::quiet);
}

TEST_CASE("what befalls the rest of a network of which a part is silent ends that and begins anew") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.signs.silent_part = Border{kStart + 50s, 15s};
  scene.fine_until(120s);
  scene.dark_until(130s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].partial);
  CHECK(scene.open_class() == EventClass::outage);
  CHECK_FALSE(scene.tracker.open()->partial);
  CHECK(scene.tracker.open()->start >= *scene.ended[0].end);
}

TEST_CASE("loss that came too slowly for anything else is spotty from when it was inspected") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.signs.creeping = Border{kStart + 10s, 15s};
  SECTION("unless the references are in doubt") {
    scene.vantage.doubt = true;
    scene.fine_until(70s);
    CHECK_FALSE(scene.tracker.open());
  }
  SECTION("unless our own side was ill in what was inspected") {
    scene.vantage.ill = {kStart - 35s, kStart - 30s};
    scene.fine_until(70s);
    CHECK_FALSE(scene.tracker.open());
  }
  SECTION("told") {
    scene.fine_until(61s);
    REQUIRE(scene.tracker.open());
    CHECK(scene.tracker.phase() == Phase::lossy);
    CHECK(scene.open_class() == EventClass::spotty);
    CHECK(scene.tracker.open()->start == kStart + 10s);
  }
}

TEST_CASE("a network of one host falls and returns with its host") {
  EpisodeScene scene(1);
  scene.fine_until(60s);
  scene.dark_until(70s);
  REQUIRE(scene.tracker.open());
  CHECK(scene.open_class() == EventClass::outage);
  scene.dark_until(300s);
  scene.fine_until(360s);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::outage);
  CHECK(start_of(scene, scene.ended[0]) == Approx(60).margin(0.5));
  CHECK(end_of(scene, scene.ended[0]) == Approx(300).margin(0.5));
}

TEST_CASE("where a part falls silent and the rest moments later, that is one episode; where it falls later, another") {
  EpisodeScene scene;
  scene.fine_until(60s);
  scene.signs.silent_part = Border{kStart + 55s, 5s};
  scene.fine_until(61s);
  REQUIRE(scene.tracker.phase() == Phase::partial);
  SECTION("moments later") {
    scene.dark_until(80s);
    CHECK(scene.ended.empty());
    CHECK(scene.tracker.open()->serial == 1);
    CHECK_FALSE(scene.tracker.open()->partial);
    CHECK(scene.open_class() == EventClass::outage);
    CHECK(scene.tracker.open()->start == kStart + 55s);
  }
  SECTION("later") {
    scene.fine_until(200s);
    scene.dark_until(220s);
    REQUIRE(scene.ended.size() == 1);
    CHECK(scene.ended[0].event_class == EventClass::spotty);
    CHECK(scene.tracker.open()->serial == 2);
    CHECK(scene.open_class() == EventClass::outage);
  }
}
