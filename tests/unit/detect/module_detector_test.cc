// A whole network under one module: states, and what is said of an episode.
#include "daemon/detect/module_detector.h"

#include <algorithm>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/detect/detector_scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

TEST_CASE("a network is unknown until enough has been asked, and then up") {
  DetectorScene scene;
  scene.fine_until(9s);
  CHECK(scene.detector.state() == State::unknown);
  scene.fine_until(60s);
  CHECK(scene.states == std::vector<State>{State::unknown, State::up});
  // A network of one host that is asked every minute has its answer after a window.
  DetectionRules slow;
  slow.hosts = 1;
  slow.round = 20s;
  ModuleDetector detector;
  detector.configure(slow);
  TargetState host;
  const FakeVantage vantage;
  for (int i = 0; i < 5; ++i) detector.on_booked(host, 0, kStart + i * 20s, true, 0);
  detector.judge(vantage, {1, 0, 0, 0}, kStart + 59s, kStart + 67s);
  CHECK(detector.state() == State::unknown);
  detector.judge(vantage, {1, 0, 0, 0}, kStart + 81s, kStart + 89s);
  CHECK(detector.state() == State::up);
  detector.judge(vantage, {1, 0, 0, 0}, kStart + 300s, kStart + 308s);
  CHECK(detector.state() == State::unknown);
}

TEST_CASE("dark from the start is down, within seconds of what is known") {
  DetectorScene scene;
  scene.dark_until(20s);
  CHECK(scene.detector.state() == State::down);
  scene.dark_until(300s);
  CHECK(scene.states == std::vector<State>{State::unknown, State::down});
  CHECK(scene.open_event().event_class == EventClass::outage);
  CHECK(to_seconds(scene.open_event().start - kStart) == Approx(0).margin(1));
}

TEST_CASE("lossy from the start is spotty") {
  DetectorScene scene;
  scene.lossy_until(120s, 0.3);
  CHECK(scene.detector.state() == State::spotty);
  CHECK(std::find(scene.states.begin(), scene.states.end(), State::down) == scene.states.end());
  CHECK(std::find(scene.states.begin(), scene.states.end(), State::up) == scene.states.end());
}

TEST_CASE("states of a network by its loss") {
  struct Row {
    double loss;
    State state;
  };
  const Row row = GENERATE(Row{0, State::up}, Row{0.01, State::up}, Row{0.15, State::spotty}, Row{0.3, State::spotty},
                           Row{0.8, State::spotty}, Row{1, State::down});
  DetectorScene scene;
  scene.fine_until(120s);
  scene.lossy_until(900s, row.loss);
  CAPTURE(row.loss);
  CHECK(scene.detector.state() == row.state);
}

TEST_CASE("an outage is down within seconds and up again as fast, never spotty before it") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.dark_until(125s);
  CHECK(scene.detector.state() == State::down);
  scene.dark_until(420s);
  scene.fine_until(435s);
  CHECK(scene.detector.state() == State::up);
  scene.fine_until(600s);
  CHECK(scene.states == std::vector<State>{State::unknown, State::up, State::down, State::up});
  REQUIRE(scene.ended.size() == 1);
  const Event& event = scene.ended[0];
  CHECK(event.event_class == EventClass::outage);
  CHECK(event.pattern == LossPattern::unknown);
  CHECK(event.hosts_affected == 16);
  CHECK(event.hosts_total == 16);
  CHECK(event.evidence.together);
  CHECK(event.evidence.log_likelihood > 18);
  CHECK(event.probes == Approx(1200).margin(4));
  CHECK(event.failures == Approx(1200).margin(4));
  CHECK(*event.evidence.loss == Approx(1).margin(0.01));
}

TEST_CASE(
    "a spotty network that goes dark is down as soon as its own loss does not explain it, and spotty again after") {
  const std::size_t hosts = GENERATE(std::size_t{16}, std::size_t{2});
  DetectorScene scene(hosts);
  scene.fine_until(300s);
  scene.lossy_until(900s, 0.3);
  CHECK(scene.detector.state() == State::spotty);
  scene.states.clear();
  scene.dark_until(935s);
  CHECK(scene.states == std::vector<State>{State::spotty});
  scene.dark_until(950s);
  CHECK(scene.states == std::vector<State>{State::spotty, State::down});
  // One answer is no return. The event is what it was.
  scene.run_until(950250ms, [](std::uint32_t, Duration) { return Fate{}; });
  scene.dark_until(990s);
  CHECK(scene.open_event().event_class == EventClass::spotty);
  scene.lossy_until(1010s, 0.3);
  CHECK(scene.states == std::vector<State>{State::spotty, State::down, State::spotty});
  CHECK(scene.open_event().event_class == EventClass::spotty);
  CHECK(scene.ended.empty());
  // Where darkness splits the event nothing changes any more.
  scene.states.clear();
  scene.dark_until(1300s);
  CHECK(scene.open_event().event_class == EventClass::outage);
  scene.fine_until(1310s);
  scene.fine_until(1500s);
  CHECK(scene.states == std::vector<State>{State::spotty, State::down, State::up});
}

TEST_CASE("loss in bursts leaves its network spotty, however heavy") {
  DetectorScene scene;
  Lottery lottery(41);
  bool dark = false;
  scene.fine_until(300s);
  scene.run_until(3h, [&](std::uint32_t, Duration) {
    // Dark for ten seconds in the mean, and as long not.
    if (lottery.loses(1.0 / 40)) dark = !dark;
    return Fate{.lost = dark};
  });
  CHECK(scene.open_event().event_class == EventClass::spotty);
  CHECK(std::count(scene.states.begin(), scene.states.end(), State::down) <= 1);
}

TEST_CASE("what fails in an outage that begins in another event is counted in its own alone") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.dark_until(165s);
  scene.fine_until(225s);
  scene.dark_until(465s);
  scene.fine_until(700s);
  REQUIRE(scene.ended.size() == 2);
  CHECK(scene.ended[0].event_class == EventClass::spotty);
  CHECK(scene.ended[0].failures == Approx(4 * 45).margin(4));
  CHECK(scene.ended[0].probes == Approx(4 * 105).margin(4));
  CHECK(scene.ended[1].event_class == EventClass::outage);
  CHECK(scene.ended[1].failures == Approx(4 * 240).margin(4));
  CHECK(scene.ended[1].probes == Approx(4 * 240).margin(4));
  CHECK(*scene.ended[0].end == scene.ended[1].start);
}

TEST_CASE("a part of the network that falls silent makes it spotty, and its return up") {
  DetectorScene scene;
  scene.fine_until(120s);
  const auto part = [](std::uint32_t place, Duration) { return Fate{.lost = place < 5}; };
  scene.run_until(240s, part);
  CHECK(scene.detector.state() == State::spotty);
  CHECK(scene.open_event().cause == EventCause::host);
  CHECK(scene.open_event().hosts_affected <= 5);
  scene.run_until(400s, part);
  scene.fine_until(500s);
  CHECK(scene.detector.state() == State::up);
  REQUIRE(scene.ended.size() == 1);
  CHECK(scene.ended[0].event_class == EventClass::spotty);
  CHECK(to_seconds(scene.ended[0].start - kStart) == Approx(120).margin(15));
}

TEST_CASE("a part that stays silent is one event, though nothing is known of the network for a while") {
  DetectorScene scene;
  scene.fine_until(120s);
  const auto part = [](std::uint32_t place, Duration) { return Fate{.lost = place < 5}; };
  scene.run_until(400s, part);
  REQUIRE(scene.open_event().cause == EventCause::host);
  const Instant start = scene.open_event().start;
  scene.missed = [](std::uint32_t, Duration) { return true; };
  scene.run_until(520s, part);
  CHECK(scene.detector.state() == State::unknown);
  scene.missed = {};
  scene.run_until(700s, part);
  CHECK(scene.ended.empty());
  CHECK(scene.open_event().start == start);
  CHECK(scene.detector.state() == State::spotty);
  scene.fine_until(800s);
  CHECK(scene.ended.size() == 1);
  CHECK(scene.detector.state() == State::up);
}

TEST_CASE("what a quarter of the hosts loses from the start is their own matter") {
  const std::uint64_t seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{41}), 99U, 144U, 147U, 153U, 154U);
  CAPTURE(seed);
  DetectorScene scene;
  Lottery lottery(seed);
  // One is off, one is limited, two lose a tenth.
  scene.run_until(10min, [&](std::uint32_t place, Duration) {
    const double loss = place == 0 ? 1 : place == 1 ? 0.4 : place < 4 ? 0.1 : 0.005;
    return Fate{.lost = lottery.loses(loss)};
  });
  CHECK(scene.states == std::vector<State>{State::unknown, State::up});
}

TEST_CASE("a host that fails again and again is one host affected") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.run_until(140s, [](std::uint32_t place, Duration) { return Fate{.lost = place < 6}; });
  REQUIRE(scene.detector.episode());
  CHECK(scene.open_event().hosts_affected == 6);
  CHECK(scene.open_event().hosts_total == 16);
}

TEST_CASE("one dead host of sixteen is its own matter") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.run_until(1h, [](std::uint32_t place, Duration) { return Fate{.lost = place == 7}; });
  CHECK(scene.states == std::vector<State>{State::unknown, State::up});
}

TEST_CASE("a common loss that grew over hours is met by inspection") {
  std::vector<TargetState> hosts(16);
  Lottery lottery(5);
  const auto fill = [&](double loss) {
    for (TargetState& host : hosts) {
      host.active = true;
      host.outcomes_known = 64;
      host.outcomes = 0;
      for (int i = 0; i < 64; ++i) host.outcomes = host.outcomes << 1U | (lottery.loses(loss) ? 0U : 1U);
    }
  };
  const auto judged = [&] {
    ModuleDetector detector;
    DetectionRules rules;
    rules.hosts = 16;
    detector.configure(rules);
    for (unsigned i = 0; i < 1200; ++i) detector.on_booked(hosts[i % 16], i % 16, kStart + i * 1s, true, 0);
    const Instant now = kStart + 1210s;
    const FakeVantage vantage;
    detector.judge(vantage, {16, 0, 0, 0}, kStart + 1199s, now - 1s);
    REQUIRE(detector.state() == State::up);
    detector.inspect(hosts, kStart + 1199s);
    detector.judge(vantage, {16, 0, 0, 0}, kStart + 1199s, now);
    return detector.state();
  };
  SECTION("one that all share is spotty") {
    fill(0.15);
    CHECK(judged() == State::spotty);
  }
  SECTION("a little is up") {
    fill(0.04);
    CHECK(judged() == State::up);
  }
  SECTION("the worst quarter's own loss is not common") {
    fill(0.01);
    for (std::size_t i = 0; i < 4; ++i) hosts[i].outcomes = 0x5555555555555555U;
    CHECK(judged() == State::up);
  }
  SECTION("those that are silent are another matter") {
    fill(0.01);
    for (std::size_t i = 0; i < 3; ++i) {
      hosts[i].outcomes = 0;
      hosts[i].failure_run = 64;
    }
    CHECK(judged() == State::up);
  }
}

TEST_CASE("what was lost in an outage is not met again by inspection, though few rounds were sent since") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.dark_until(420s);
  scene.missed = [](std::uint32_t, Duration at) { return at / 4s % 4 != 0; };
  scene.fine_until(1200s);
  CHECK_FALSE(scene.detector.episode());
  CHECK(scene.ended.size() == 1);
  CHECK(scene.detector.state() == State::up);
}

TEST_CASE("hosts that have not been asked since an outage are no part that stays silent") {
  DetectorScene scene;
  scene.fine_until(120s);
  scene.dark_until(420s);
  scene.missed = [](std::uint32_t place, Duration) { return place >= 8; };
  scene.fine_until(600s);
  CHECK_FALSE(scene.detector.episode());
  CHECK(scene.detector.state() == State::up);
  // Once they have been, and have not answered, they are.
  scene.missed = {};
  scene.run_until(700s, [](std::uint32_t place, Duration) { return Fate{.lost = place >= 8}; });
  REQUIRE(scene.detector.episode());
  CHECK(scene.open_event().event_class == EventClass::spotty);
  CHECK(scene.open_event().start - scene.open_event().start_uncertainty >= *scene.ended[0].end);
}

TEST_CASE("the pattern of spotty loss is told once there is enough of it") {
  DetectorScene scene;
  scene.fine_until(120s);
  SECTION("random") {
    scene.lossy_until(900s, 0.3);
    CHECK(scene.open_event().pattern == LossPattern::random);
    CHECK(*scene.open_event().evidence.burst_ratio == Approx(1).margin(0.2));
  }
  SECTION("bursty") {
    scene.run_until(900s, [](std::uint32_t, Duration at) { return Fate{.lost = at / 1s % 10 < 3}; });
    CHECK(scene.open_event().pattern == LossPattern::bursty);
    CHECK(*scene.open_event().evidence.burst_ratio > 3);
  }
  CHECK(scene.open_event().event_class == EventClass::spotty);
  CHECK(*scene.open_event().evidence.loss == Approx(0.3).margin(0.06));
}

TEST_CASE("a host's own loss is learnt in quiet times only, and not from what its neighbours share") {
  DetectorScene scene;
  Lottery lottery(4);
  scene.run_until(2h, [&](std::uint32_t place, Duration) { return Fate{.lost = place == 2 && lottery.loses(0.4)}; });
  CHECK(scene.hosts[2].own_loss > 0.2F);
  const float before = scene.hosts[5].own_loss;
  CHECK(before < 0.01F);
  scene.lossy_until(3h, 0.3);
  CHECK(scene.hosts[5].own_loss < 0.03F);
}

TEST_CASE("fewer false outages allowed take more evidence") {
  const auto detected = [](double allowed) {
    DetectorScene scene;
    DetectionRules rules;
    rules.hosts = 16;
    rules.round = 4s;
    rules.false_outages_per_network_month = allowed;
    scene.detector.configure(rules);
    scene.fine_until(120s);
    Lottery lottery(8);
    while (!scene.detector.episode() && scene.at() < 1h) {
      scene.run_until(scene.at() + 1s, [&](std::uint32_t, Duration) { return Fate{.lost = lottery.loses(0.2)}; });
    }
    return scene.at();
  };
  CHECK(detected(10) < detected(1e-6));
}
