#include <cmath>

#include "tests/bench/detection/ewma.h"
#include "tests/bench/detection/ioda.h"
#include "tests/bench/detection/smokeping.h"
#include "tests/bench/detection/three_losses.h"
#include "tests/support/catch.h"
#include "tests/unit/bench_detection/synthetic.h"

using namespace blipd;
using namespace blipd::bench;

namespace {

constexpr double kDay = 86400;

std::vector<Event> watched(const Baseline& baseline, const Synthetic::Loss& loss, double seconds,
                           std::size_t hosts = 16) {
  Synthetic world(loss);
  return baseline.watch(world, network("n", hosts), run_of(seconds));
}

Synthetic::Loss always(double share) {
  return [=](std::size_t, double) { return share; };
}

double delay(const Event& e, double onset) { return at(e.detected_at) - onset; }

}  // namespace

TEST_CASE("IODA's rule: less than 0.8 of the median, after an hour") {
  IodaRule rule({});
  for (int i = 0; i < 6; ++i) {
    CHECK_FALSE(rule.alerts(i == 3 ? 1 : 10));
  }
  CHECK_FALSE(rule.alerts(8));
  CHECK(rule.alerts(7.9));
  CHECK_FALSE(rule.alerts(21));
  CHECK(rule.expected() == 10);
}

TEST_CASE("IODA's history does not learn an outage") {
  IodaRule rule({});
  for (int i = 0; i < 100; ++i) {
    rule.alerts(4);
  }
  for (int i = 0; i < 2000; ++i) {
    REQUIRE(rule.alerts(0));
  }
  CHECK(rule.expected() == 4);
}

TEST_CASE("IODA says nothing where too little is expected") {
  IodaSettings published;
  published.least_expected = 20;
  IodaRule rule(published);
  for (int i = 0; i < 100; ++i) {
    REQUIRE_FALSE(rule.alerts(4));
  }
  CHECK_FALSE(rule.alerts(0));
}

TEST_CASE("IODA tells an outage when the bin ends in which its blocks were found down") {
  const std::vector<Event> events = watched(Ioda(), dark(20000, 30000), kDay);
  REQUIRE(events.size() == 1);
  CHECK(events[0].event_class == EventClass::outage);
  CHECK(delay(events[0], 20000) <= 1206);
  CHECK(delay(events[0], 20000) >= 0);
  CHECK(std::fmod(at(events[0].start), 600) == 0);
  CHECK(std::abs(at(events[0].start) - 20000) <= 600);
  CHECK(std::abs(at(*events[0].end) - 30000) <= 600);
}

TEST_CASE("IODA: one of four /24 is enough, a second of darkness is not") {
  const auto one_prefix = [](std::size_t host, double at) { return host < 4 && at > 20000 && at < 30000 ? 1.0 : 0.0; };
  CHECK(watched(Ioda(), one_prefix, kDay).size() == 1);
  CHECK(watched(Ioda(), dark(20000, 20001), kDay).empty());
  CHECK(watched(Ioda(), dark(0, 1e9), kDay).empty());
}

TEST_CASE("three losses: told with the third loss of the last host") {
  for (const double onset : {5000.0, 5013.0, 5047.5}) {
    const std::vector<Event> events = watched(ThreeLosses(), dark(onset, onset + 1000), 10000);
    REQUIRE(events.size() == 1);
    // Each host's first loss comes within a minute of the onset, its third two minutes later.
    CHECK(delay(events[0], onset) > 123 + 55);
    CHECK(delay(events[0], onset) <= 183);
    CHECK(at(events[0].start) == Approx(onset).margin(4));
    CHECK(at(*events[0].end) == Approx(onset + 1000).margin(4));
    CHECK(events[0].event_class == EventClass::outage);
  }
}

TEST_CASE("three losses: a minute and a half of darkness is not noticed") {
  CHECK(watched(ThreeLosses(), dark(5000, 5090), 10000).empty());
  CHECK(watched(ThreeLosses(), dark(5000, 5200), 10000).size() == 1);
}

TEST_CASE("three losses: a network with one living host is up, and 30 % loss is nothing") {
  const auto one_lives = [](std::size_t host, double at) { return host != 7 && at > 1000 ? 1.0 : 0.0; };
  CHECK(watched(ThreeLosses(), one_lives, kDay).empty());
  CHECK(watched(ThreeLosses(), always(0.3), kDay).empty());
}

TEST_CASE("three losses of a single host happen by chance at 30 % loss") {
  // A new run of three begins with probability 0.7 * 0.027 at each check: 1440 * 0.0189 = 27 a day.
  const std::size_t events = watched(ThreeLosses(), always(0.3), 20 * kDay, 1).size();
  CHECK(static_cast<double>(events) / 20 == Approx(27.2).margin(4));
}

TEST_CASE("SmokePing: two steps of more than a fifth") {
  const std::vector<Event> events = watched(SmokePing(), dark(5000, 8000), 20000);
  REQUIRE(events.size() == 1);
  CHECK(events[0].event_class == EventClass::outage);
  CHECK(delay(events[0], 5000) > 300);
  CHECK(delay(events[0], 5000) <= 600 + 30);
  CHECK(at(events[0].start) == Approx(5000).margin(150));
  CHECK(at(*events[0].end) == Approx(8000).margin(150));
}

TEST_CASE("SmokePing: one bad step is none, and 30 % is spotty") {
  CHECK(watched(SmokePing(), dark(5000, 5270), 20000).empty());
  const std::vector<Event> events = watched(SmokePing(), always(0.5), 20000);
  REQUIRE(events.size() == 1);
  CHECK(events[0].event_class == EventClass::spotty);
  CHECK_FALSE(events[0].end);
}

TEST_CASE("SmokePing: bad steps with a good one between them are none") {
  const auto every_other = [](std::size_t, double at) { return std::fmod(at, 600) < 300 ? 1.0 : 0.0; };
  // A target's pings may lie across the border; then both its steps are partly bad.
  Run run = run_of(20000);
  while (drawn(run.seed, "n", 4) > 0.85) {
    ++run.seed;
  }
  Synthetic world(every_other);
  CHECK(SmokePing().watch(world, network(), run).empty());
}

TEST_CASE("SmokePing: a fifth is not more than a fifth") {
  // Hosts 0, 5 and 10 of fifteen: exactly four of any twenty in turn.
  const auto every_fifth = [](std::size_t host, double) { return host % 5 == 0 ? 1.0 : 0.0; };
  CHECK(watched(SmokePing(), every_fifth, 20000, 15).empty());
  SmokePingSettings stricter;
  stricter.loss = 0.19;
  CHECK(watched(SmokePing(stricter), every_fifth, 20000, 15).size() == 1);
}

TEST_CASE("SmokePing costs 240 probes an hour") {
  Synthetic world(always(0));
  (void)SmokePing().watch(world, network(), run_of(100 * 3600));
  CHECK(static_cast<double>(world.asked()) / 100 == Approx(240).margin(1));
}

TEST_CASE("the RMON alarm does not rise twice before it has fallen") {
  RmonAlarm alarm(0.2, 0.1);
  CHECK_FALSE(alarm.update(0.19));
  CHECK(alarm.update(0.2));
  CHECK(alarm.update(0.11));
  CHECK(alarm.update(0.3));
  CHECK_FALSE(alarm.update(0.1));
  CHECK_FALSE(alarm.update(0.15));
}

TEST_CASE("EWMA: total loss is told with the fifteenth loss, and an outage") {
  const std::vector<Event> events = watched(Ewma(), dark(5000, 9000), 20000);
  REQUIRE(events.size() == 1);
  // 1 - (63/64)^15 > 0.2 > 1 - (63/64)^14; sixteen hosts in 10.3 s are one probe in 0.64 s.
  CHECK(delay(events[0], 5000) > 14 * 0.64375 + 3);
  CHECK(delay(events[0], 5000) <= 15 * 0.64375 + 3.01);
  CHECK(at(events[0].start) == Approx(5000).margin(0.7));
  CHECK(at(*events[0].end) == Approx(9000).margin(0.7));
  CHECK(events[0].event_class == EventClass::outage);
}

TEST_CASE("EWMA: half a minute of darkness is spotty to it, and 30 % loss too") {
  const std::vector<Event> blip = watched(Ewma(), dark(5000, 5030), 20000);
  REQUIRE(blip.size() == 1);
  CHECK(blip[0].event_class == EventClass::spotty);
  const std::vector<Event> spotty = watched(
      Ewma(), [](std::size_t, double at) { return at > 5000 && at < 12000 ? 0.3 : 0.0; }, 20000);
  REQUIRE(spotty.size() == 1);
  CHECK(spotty[0].event_class == EventClass::spotty);
  CHECK(delay(spotty[0], 5000) < 200);
  CHECK(at(*spotty[0].end) == Approx(12000).margin(30));
}

TEST_CASE("EWMA keeps to 0.39 probes a second and /24") {
  Synthetic world(always(0));
  const std::vector<AskedNetwork> networks{network()};
  CountedAsked counted(world, networks);
  (void)Ewma().watch(counted, networks[0], run_of(kDay));
  CHECK(counted.traffic(sec(kDay)).busiest_prefix_per_second <= 0.39);
  CHECK(counted.traffic(sec(kDay)).busiest_prefix_per_second > 0.38);
}
