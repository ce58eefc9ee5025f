#include "daemon/simulate/score.h"

#include "tests/support/catch.h"
#include "tests/unit/simulate/score_input.h"

using namespace blipd;
using namespace blipd::score_test;

namespace {
constexpr auto kNone = static_cast<std::size_t>(ScoreClass::none);
constexpr auto kOutageColumn = static_cast<std::size_t>(ScoreClass::outage);
}  // namespace

TEST_CASE("no incidents and no events: nothing can be said, nothing is wrong") {
  const Score s = score(run({}, {}));
  CHECK(s.incidents == 0);
  CHECK(s.events == 0);
  CHECK(std::isnan(s.recall));
  CHECK(std::isnan(s.precision));
  CHECK(std::isnan(s.f1));
  CHECK(std::isnan(s.time_precision));
  CHECK(std::isnan(s.macro_f1));
  CHECK(s.kinds.empty());
  CHECK(s.false_alarms.count == 0);
  CHECK(s.false_alarms.months == Approx(100000.0 / 2592000));
  CHECK(s.false_alarms.upper == Approx(2.99573 * 25.92).epsilon(1e-4));
  CHECK(s.caps_broken.empty());
}

TEST_CASE("incidents and no events: all missed") {
  const Score s =
      score(run({was("n", IncidentKind::outage, 1000, 2000), was("n", IncidentKind::blip, 5000, 5020)}, {}));
  CHECK(s.recall == 0);
  CHECK(std::isnan(s.precision));
  REQUIRE(s.kinds.size() == 2);
  CHECK(std::isinf(s.kinds[0].delay.p50));
  CHECK(s.kinds[0].onset.count == 0);
  CHECK(std::isnan(s.kinds[0].onset.median));
  CHECK(s.longest_dark_missed == 1000);
  CHECK(s.time_recall == 0);
  CHECK(s.confusion[kOutageColumn][kNone] == 1);
  CHECK(s.macro_f1 == 0);
  CHECK(s.dark == 2);
  CHECK(s.dark_reported == 0);
}

TEST_CASE("delay, boundaries and time of one outage") {
  Event e = said("n", EventClass::outage, 1004, 2010, 1012);
  e.start_uncertainty = sec(5);
  const Score s = score(run({was("n", IncidentKind::outage, 1000, 2000)}, {e}));
  CHECK(s.recall == 1);
  CHECK(s.precision == 1);
  CHECK(s.f1 == 1);
  REQUIRE(s.kinds.size() == 1);
  CHECK(s.kinds[0].delay.p50 == Approx(12));
  CHECK(s.kinds[0].delay.p99 == Approx(12));
  CHECK(s.onset.median == Approx(4));
  CHECK(s.offset.median == Approx(10));
  CHECK(s.duration.median == Approx(6));
  CHECK(s.onset_within_stated == 1);
  CHECK(s.time_precision == Approx(996.0 / 1006));
  CHECK(s.time_recall == Approx(996.0 / 1000));
  CHECK(s.macro_f1 == 1);
  CHECK(s.fragments_mean == 1);
}

TEST_CASE("errors are told with their sign and their size") {
  const Score s =
      score(run({was("n", IncidentKind::outage, 1000, 2000), was("n", IncidentKind::outage, 5000, 6000),
                 was("n", IncidentKind::outage, 9000, 10000)},
                {said("n", EventClass::outage, 990, 2000, 1000), said("n", EventClass::outage, 5002, 6000, 5003),
                 said("n", EventClass::outage, 9003, 10000, 9003)}));
  CHECK(s.onset.count == 3);
  CHECK(s.onset.median == Approx(2));
  CHECK(s.onset.median_size == Approx(3));
  CHECK(s.onset.greatest_size == Approx(10));
  CHECK(s.duration.median == Approx(-2));
  CHECK(s.onset_within_stated == 0);
  CHECK(s.kinds[0].delay.p50 == Approx(3));
}

TEST_CASE("percentiles of delay count misses as never") {
  const Score s = score(run({was("n", IncidentKind::outage, 1000, 2000), was("n", IncidentKind::outage, 5000, 6000)},
                            {said("n", EventClass::outage, 1000, 2000, 1007)}));
  CHECK(s.recall == 0.5);
  CHECK(s.kinds[0].delay.p50 == Approx(7));
  CHECK(std::isinf(s.kinds[0].delay.p95));
}

TEST_CASE("an open event lasts to the end of the run and has no end to be wrong about") {
  const Score s = score(run({was("n", IncidentKind::outage, 90000, 200000)},
                            {said("n", EventClass::outage, 90000, std::nullopt, 90010)}));
  CHECK(s.open_at_end == 1);
  CHECK(s.recall == 1);
  CHECK(s.time_precision == 1);
  CHECK(s.time_recall == 1);
  CHECK(s.onset.count == 1);
  CHECK(s.offset.count == 0);
}

TEST_CASE("an event left open after its incident costs time, not a match") {
  const Score s = score(
      run({was("n", IncidentKind::outage, 50000, 60000)}, {said("n", EventClass::outage, 50000, std::nullopt, 50010)}));
  CHECK(s.recall == 1);
  CHECK(s.time_precision == Approx(0.2));
  CHECK(s.offset.count == 0);
}

TEST_CASE("an incident and an event at the very end of the run") {
  const Score s = score(run({was("n", IncidentKind::outage, 99990, 100000)},
                            {said("n", EventClass::outage, 100000, std::nullopt, 100000)}));
  CHECK(s.recall == 1);
  CHECK(s.kinds[0].delay.p50 == Approx(10));
  // Beyond the end nothing was watched.
  CHECK(score(run({was("n", IncidentKind::outage, 100000, 100500)}, {})).incidents == 0);
}

TEST_CASE("an event taken back reports nothing and was an alarm all the same") {
  Event e = said("n", EventClass::outage, 1000, 1010, 1005);
  e.evidence.retracted = true;
  const Score clean = score(run({}, {e}));
  CHECK(clean.retracted == 1);
  CHECK(clean.precision == 0);
  CHECK(clean.false_alarms.count == 1);
  CHECK(clean.false_dark.count == 1);
  const Score during = score(run({was("n", IncidentKind::outage, 1000, 1010)}, {e}));
  CHECK(during.recall == 0);
  CHECK(during.precision == 0);
  CHECK(during.false_alarms.count == 0);
  CHECK(during.dark_reported == 0);
  CHECK(std::isnan(during.time_precision));
}

TEST_CASE("two events for one incident: one is right, one too many, none a false alarm") {
  const Score s =
      score(run({was("n", IncidentKind::outage, 1000, 2000)},
                {said("n", EventClass::outage, 1000, 1400, 1010), said("n", EventClass::outage, 1450, 2000, 1460)}));
  CHECK(s.recall == 1);
  CHECK(s.precision == 0.5);
  CHECK(s.f1 == Approx(2.0 / 3));
  CHECK(s.fragments_mean == 2);
  CHECK(s.merges == 0);
  CHECK(s.fragments_most == 2);
  CHECK(s.false_alarms.count == 0);
  CHECK(s.kinds[0].delay.p50 == Approx(460));
  CHECK(s.time_recall == Approx(0.95));
  REQUIRE(s.classes.size() == 1);
  CHECK(s.classes[0].wrong == 1);
  CHECK(s.classes[0].f1 == Approx(2.0 / 3));
}

TEST_CASE("one event for two incidents") {
  const Score s = score(run({was("n", IncidentKind::outage, 1000, 2000), was("n", IncidentKind::outage, 2200, 2500)},
                            {said("n", EventClass::outage, 1000, 2500, 1010)}));
  CHECK(s.recall == 0.5);
  CHECK(s.precision == 1);
  CHECK(s.merges == 1);
  CHECK(s.fragments_mean == 1);
  CHECK(s.time_precision == Approx(1300.0 / 1500));
}

TEST_CASE("other networks' events report nothing") {
  ScoreInput in = run({was("n", IncidentKind::outage, 1000, 2000)}, {said("m", EventClass::outage, 1000, 2000, 1001)});
  in.networks = {"n", "m"};
  const Score s = score(in);
  CHECK(s.recall == 0);
  CHECK(s.false_alarms.count == 1);
  CHECK(s.networks == 2);
  CHECK(s.network_months == Approx(200000.0 / 2592000));
  CHECK(s.false_alarms.months == Approx(199000.0 / 2592000));
}

TEST_CASE("recall by duration, total loss apart") {
  const Score s =
      score(run({was("n", IncidentKind::blip, 1000, 1005), was("n", IncidentKind::blip, 2000, 2010),
                 was("n", IncidentKind::blip, 3000, 3060), was("n", IncidentKind::random_loss, 4000, 4070),
                 was("n", IncidentKind::outage, 5000, 5660)},
                {said("n", EventClass::blip, 3000, 3060, 3004), said("n", EventClass::outage, 5000, 5660, 5004)}));
  REQUIRE(s.bins.size() == 7);
  CHECK(s.bins[0].incidents == 0);
  CHECK(s.bins[1].dark == 1);  // 5 s
  CHECK(s.bins[2].dark == 1);  // 10 s
  CHECK(s.bins[3].dark == 0);
  CHECK(s.bins[4].incidents == 2);  // 60 s and 70 s
  CHECK(s.bins[4].found == 1);
  CHECK(s.bins[4].dark == 1);
  CHECK(s.bins[4].dark_found == 1);
  CHECK(s.bins[6].dark_found == 1);  // 660 s
  CHECK(s.longest_dark_missed == 10);
}

TEST_CASE("what was sent, and caps") {
  ScoreInput in = run({}, {});
  in.length = sec(36000);
  in.networks = {"a", "b"};
  in.traffic = {.probes = 400, .busiest_network_per_hour = 30, .busiest_prefix_per_second = 0.39};
  in.caps = {.network_per_hour = 20, .prefix_per_second = 0.39};
  const Score s = score(in);
  CHECK(s.probes_per_hour == Approx(20));
  REQUIRE(s.caps_broken.size() == 1);
  CHECK(s.caps_broken[0] == "busiest network: 30.000 probes an hour sent, 20.000 allowed");
  in.traffic.busiest_network_per_hour = 20;
  CHECK(score(in).caps_broken.empty());
  in.traffic.busiest_prefix_per_second = 0.4;
  CHECK(score(in).caps_broken.size() == 1);
  in.caps = {};
  CHECK(score(in).caps_broken.empty());
}

TEST_CASE("success ratios and void probes") {
  ScoreInput in = run({}, {});
  in.ratios = {{0.70, 0.60, 0.80, 0.75},
               {0.70, 0.60, 0.80, 0.60},
               {0.90, 0.85, 0.95, 0.70},
               {1.00, 0.94, 1.00, 1.00},
               {0.50, 0.40, 0.60, 0.61}};
  in.probes_outside_vantage = 1000;
  in.void_outside_vantage = 3;
  const Score s = score(in);
  CHECK(s.ratios == 5);
  CHECK(s.ratio_coverage == 0.6);
  CHECK(s.ratio_error_mean == Approx(0.092));
  CHECK(s.ratio_error_p95 == Approx(0.2));
  CHECK(s.void_share == Approx(0.003));
  CHECK(std::isnan(score(run({}, {})).void_share));
}
