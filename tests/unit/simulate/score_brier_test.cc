#include "daemon/simulate/score.h"
#include "tests/support/catch.h"
#include "tests/unit/simulate/score_input.h"

using namespace blipd;
using namespace blipd::score_test;

namespace {

/// The sum of the squares in seconds: one network is watched for 100,000 s.
double squares(std::vector<TrueIncident> truth, std::vector<Event> events) {
  return score(run(std::move(truth), std::move(events))).brier * 100000;
}

Event flapping(double start, double end, double dark) {
  Event e = said("n", EventClass::flapping, start, end, start + 2000);
  e.evidence.dark = sec(dark);
  return e;
}

}  // namespace

TEST_CASE("Brier score: silence is wrong for as long as the network is dark, and for no other reason") {
  CHECK(squares({}, {}) == 0);
  CHECK(squares({was("n", IncidentKind::outage, 1000, 2000), was("n", IncidentKind::blip, 5000, 5020)}, {}) ==
        Approx(1020));
  CHECK(squares({was("n", IncidentKind::random_loss, 1000, 2000), was("n", IncidentKind::congestion, 3000, 4000),
                 was("n", IncidentKind::rate_limited, 5000, 6000), was("n", IncidentKind::filter, 7000, 8000)},
                {}) == 0);
}

TEST_CASE("Brier score: an event of total loss is right while it lies on one") {
  const TrueIncident outage = was("n", IncidentKind::outage, 1000, 2000);
  CHECK(squares({outage}, {said("n", EventClass::outage, 1000, 2000, 1010)}) == 0);
  CHECK(squares({outage}, {said("n", EventClass::blip, 1030, 2050, 1040)}) == Approx(80));
  CHECK(squares({outage}, {said("n", EventClass::outage, 1000, std::nullopt, 1010)}) == Approx(98000));
  CHECK(squares({outage}, {said("n", EventClass::spotty, 1000, 2000, 1010)}) == Approx(1000));
  CHECK(squares({outage}, {said("m", EventClass::outage, 1000, 2000, 1010)}) == Approx(1000));
}

TEST_CASE("Brier score: overlapping incidents and events count once") {
  CHECK(squares({was("n", IncidentKind::outage, 1000, 2000), was("n", IncidentKind::blip, 1990, 2010)},
                {said("n", EventClass::outage, 1500, 1800, 1510), said("n", EventClass::outage, 1700, 1900, 1710)}) ==
        Approx(610));
}

TEST_CASE("Brier score: what was taken back says nothing") {
  Event e = said("n", EventClass::outage, 1000, 1100, 1010);
  CHECK(squares({}, {e}) == Approx(100));
  e.evidence.retracted = true;
  CHECK(squares({}, {e}) == 0);
}

TEST_CASE("Brier score: partial reachability is darkness only where the vantage sees it") {
  TrueIncident partial = was("n", IncidentKind::partial, 1000, 2000);
  CHECK(squares({partial}, {}) == Approx(1000));
  partial.seen = false;
  CHECK(squares({partial}, {}) == 0);
  CHECK(squares({partial}, {said("n", EventClass::outage, 1000, 2000, 1010)}) == Approx(1000));
}

TEST_CASE("Brier score: the times of vantage incidents are left out") {
  // An outage of 1000 s of which our own trouble covers 400 s, and an alarm of 100 s that it covers half of.
  const Score s =
      score(run({was("n", IncidentKind::outage, 1000, 2000), was("", IncidentKind::vantage, 1600, 2600)},
                {said("n", EventClass::blip, 2550, 2650, 2560), said("", EventClass::vantage, 1600, 2600, 1610)}));
  CHECK(s.brier == Approx(650.0 / 99000));
  CHECK(std::isnan(score(run({was("", IncidentKind::vantage, 0, 100000)}, {})).brier));
}

TEST_CASE("Brier score: a false flapping event costs the square of its dark share") {
  CHECK(squares({}, {flapping(1000, 2000, 200)}) == Approx(1000 * 0.2 * 0.2));
  CHECK(squares({}, {flapping(1000, 2000, 0)}) == Approx(1000 * 0.25));
  // Dark longer than it lasted: as good as dark throughout.
  CHECK(squares({}, {flapping(1000, 2000, 3000)}) == Approx(1000));
  CHECK(squares({was("n", IncidentKind::outage, 1000, 2000)}, {flapping(1000, 2000, 200)}) == Approx(1000 * 0.8 * 0.8));
}

TEST_CASE("Brier score: the times of flapping incidents are left out, unless the network was dark throughout") {
  const TrueIncident flaps = was("n", IncidentKind::flapping, 10000, 20000);
  CHECK(score(run({flaps}, {flapping(10000, 20000, 1000)})).brier == 0);
  // Too long by 500 s at both ends, and dark for a tenth of its length.
  CHECK(score(run({flaps}, {flapping(9500, 20500, 1100)})).brier == Approx(1000 * 0.01 / 90000));
  CHECK(score(run({flaps}, {said("n", EventClass::blip, 9990, 10090, 10000)})).brier == Approx(10.0 / 90000));
  CHECK(score(run({flaps, was("n", IncidentKind::outage, 15000, 22000)}, {})).brier == Approx(7000.0 / 95000));
}

TEST_CASE("Brier score: what is told of a total loss goes before what is told of a flapping episode") {
  CHECK(squares({was("n", IncidentKind::outage, 1000, 1100)},
                {flapping(1000, 2000, 100), said("n", EventClass::blip, 1000, 1100, 1010)}) == Approx(900 * 0.01));
}

TEST_CASE("Brier score: the mean is over all networks") {
  ScoreInput in = run({was("n", IncidentKind::outage, 1000, 2000), was("b", IncidentKind::outage, 0, 100000)},
                      {said("b", EventClass::outage, 0, std::nullopt, 10)});
  in.networks = {"n", "b", "quiet", "quieter"};
  CHECK(score(in).brier == Approx(1000.0 / 400000));
}
