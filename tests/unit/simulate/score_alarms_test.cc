#include "daemon/simulate/score.h"
#include "tests/support/catch.h"
#include "tests/unit/simulate/score_input.h"

using namespace blipd;
using namespace blipd::score_test;

namespace {

constexpr std::size_t column(ScoreClass c) { return static_cast<std::size_t>(c); }

Event spotty(double start, double end, LossPattern pattern, EventCause cause = EventCause::unknown) {
  Event e = said("n", EventClass::spotty, start, end, start + 20);
  e.pattern = pattern;
  e.cause = cause;
  return e;
}

TrueIncident limited(double start, double end) { return was("n", IncidentKind::rate_limited, start, end); }

}  // namespace

TEST_CASE("false alarms: any class, and those told as total loss") {
  const Score s = score(run({was("n", IncidentKind::outage, 50000, 60000)},
                            {said("n", EventClass::blip, 1000, 1010, 1005), spotty(3000, 4000, LossPattern::random),
                             said("n", EventClass::outage, 50000, 60000, 50005)}));
  CHECK(s.false_alarms.count == 2);
  CHECK(s.false_dark.count == 1);
  CHECK(s.false_alarms.months == Approx(90000.0 / 2592000));
  CHECK(s.false_alarms.per_month == Approx(2 * 28.8));
  CHECK(s.false_dark.upper == Approx(4.74386 * 28.8).epsilon(1e-4));
  CHECK(s.precision == Approx(1.0 / 3));
  CHECK(s.confusion[column(ScoreClass::none)][column(ScoreClass::blip)] == 1);
  CHECK(s.confusion[column(ScoreClass::none)][column(ScoreClass::random_loss)] == 1);
}

TEST_CASE("an alarm minutes before a long incident is false, one seconds before it is not") {
  const TrueIncident loss = was("n", IncidentKind::random_loss, 10000, 20000);
  const Event right = spotty(10000, 20000, LossPattern::random);
  const auto false_alarms = [&](double start, double end) {
    return score(run({loss}, {right, said("n", EventClass::blip, start, end, end)})).false_alarms.count;
  };
  CHECK(false_alarms(9500, 9510) == 1);
  CHECK(false_alarms(9950, 9970) == 1);
  CHECK(false_alarms(9965, 9975) == 0);
  CHECK(false_alarms(20001, 20010) == 1);
}

TEST_CASE("classes: confusion and macro-F1") {
  // Random loss called bursty, an outage called an outage, a flapping episode missed, one false outage.
  const Score s =
      score(run({was("n", IncidentKind::random_loss, 1000, 2000), was("n", IncidentKind::outage, 5000, 6000),
                 was("n", IncidentKind::flapping, 10000, 20000)},
                {spotty(1000, 2000, LossPattern::bursty), said("n", EventClass::outage, 5000, 6000, 5001),
                 said("n", EventClass::outage, 40000, 41000, 40001)}));
  CHECK(s.confusion[column(ScoreClass::random_loss)][column(ScoreClass::bursty_loss)] == 1);
  CHECK(s.confusion[column(ScoreClass::outage)][column(ScoreClass::outage)] == 1);
  CHECK(s.confusion[column(ScoreClass::flapping)][column(ScoreClass::none)] == 1);
  CHECK(s.confusion[column(ScoreClass::none)][column(ScoreClass::outage)] == 1);
  REQUIRE(s.classes.size() == 3);
  // Random 0 of 1; flapping 0 of 1; outage 2 / (2 + 1 + 0): one right, one wrong.
  CHECK(s.macro_f1 == Approx((2.0 / 3) / 3));
  CHECK(s.pattern_wrong == 1);
  CHECK(s.pattern_right == 0);
  CHECK(s.recall == Approx(2.0 / 3));
}

TEST_CASE("a pattern that is not said is neither right nor wrong") {
  const Score s =
      score(run({was("n", IncidentKind::random_loss, 1000, 2000), was("n", IncidentKind::bursty_loss, 5000, 6000)},
                {spotty(1000, 2000, LossPattern::unknown), spotty(5000, 6000, LossPattern::bursty)}));
  CHECK(s.pattern_unsaid == 1);
  CHECK(s.pattern_right == 1);
  CHECK(s.pattern_wrong == 0);
  CHECK(s.kinds[0].found == 1);
  CHECK(s.kinds[0].right == 0);
  CHECK(s.kinds[1].right == 1);
}

TEST_CASE("silence is the right answer to a rate limiter") {
  const Score quiet = score(run({limited(1000, 90000)}, {}));
  CHECK(quiet.incidents == 0);
  REQUIRE(quiet.classes.size() == 1);
  CHECK(quiet.classes[0].score_class == ScoreClass::none);
  CHECK(quiet.macro_f1 == 1);
  const Score loud = score(run({limited(1000, 90000)}, {spotty(2000, 3000, LossPattern::random)}));
  CHECK(loud.macro_f1 == 0);
  CHECK(loud.false_alarms.count == 1);
  // The limiter is no reason for an alarm, so its time counts as watched.
  CHECK(loud.false_alarms.months == Approx(100000.0 / 2592000));
  CHECK(loud.confusion[column(ScoreClass::none)][column(ScoreClass::random_loss)] == 1);
  CHECK(loud.confusion[column(ScoreClass::none)][column(ScoreClass::none)] == 0);
}

TEST_CASE("what may be told and need not be counts neither way") {
  TrueIncident moved = was("n", IncidentKind::renumbering, 1000, 9000);
  moved.affected = 8;
  moved.hosts = 16;
  CHECK(score(run({moved}, {})).incidents == 0);
  const Score fair = score(run({moved}, {spotty(1000, 9000, LossPattern::unknown)}));
  CHECK(fair.false_alarms.count == 0);
  CHECK(std::isnan(fair.precision));
  // Nor is it a wrong "spotty" in the account of classes.
  Event bursty = spotty(1000, 9000, LossPattern::bursty);
  const Score beside = score(run({moved, was("n", IncidentKind::bursty_loss, 20000, 30000)},
                                 {bursty, spotty(20000, 30000, LossPattern::bursty)}));
  REQUIRE(beside.classes.size() == 1);
  CHECK(beside.classes[0].wrong == 0);
  CHECK(beside.macro_f1 == 1);
  const Score wrong = score(run({moved}, {said("n", EventClass::outage, 1000, 9000, 1010)}));
  CHECK(wrong.false_alarms.count == 1);
  CHECK(wrong.precision == 0);
}

TEST_CASE("one flapping episode: alerts from its declaration on") {
  const TrueIncident episode = was("n", IncidentKind::flapping, 1000, 8000);
  const Event declared = said("n", EventClass::flapping, 1000, 8000, 3410);
  const Event fall = said("n", EventClass::blip, 1000, 1090, 1010);
  SECTION("once is best") {
    const Score s = score(run({episode}, {declared}));
    CHECK(s.flapping_episodes == 1);
    CHECK(s.alerts_per_episode == 1);
    CHECK(s.alerts_most == 1);
    CHECK(s.kinds[0].delay.p50 == Approx(2410));
  }
  SECTION("the falls before it are losses that were: neither false nor alerts of the episode") {
    Event back = said("n", EventClass::outage, 2200, 2250, 2210);
    back.evidence.retracted = true;
    const Score s = score(run({episode}, {fall, back, declared}));
    CHECK(s.alerts_per_episode == 1);
    CHECK(s.false_alarms.count == 0);
    CHECK(s.recall == 1);
    CHECK(s.precision == 1);
    CHECK(s.fragments_mean == 2);
  }
  SECTION("those after it should have been part of it") {
    const Score s = score(run({episode}, {fall, declared, said("n", EventClass::blip, 5800, 5890, 5810)}));
    CHECK(s.alerts_per_episode == 2);
    CHECK(s.alerts_most == 2);
  }
  SECTION("never declared, each fall is an alert") {
    const Score s = score(run({episode}, {fall, said("n", EventClass::blip, 2200, 2290, 2210),
                                          said("n", EventClass::blip, 3400, 3490, 3410)}));
    CHECK(s.alerts_per_episode == 3);
    CHECK(s.kinds[0].right == 0);
  }
  SECTION("a fall that lies elsewhere is false") {
    const Score s = score(run({episode}, {said("n", EventClass::blip, 100, 190, 110), declared}));
    CHECK(s.false_alarms.count == 1);
  }
}

TEST_CASE("an event of the vantage in a flapping episode is no fall of it") {
  const Score s =
      score(run({was("n", IncidentKind::flapping, 1000, 8000)},
                {said("", EventClass::vantage, 1200, 1290, 1210), said("n", EventClass::flapping, 1000, 8000, 3410)}));
  CHECK(s.false_vantage == 1);
  CHECK(s.alerts_per_episode == 1);
}

TEST_CASE("the vantage's trouble leaks into no network") {
  ScoreInput in = run({was("", IncidentKind::vantage, 1000, 1060)}, {said("", EventClass::vantage, 1001, 1062, 1008)});
  const Score clean = score(in);
  CHECK(clean.recall == 1);
  CHECK(clean.precision == 1);
  CHECK(clean.leaks == 0);
  CHECK(clean.false_vantage == 0);
  CHECK(clean.macro_f1 == 1);

  Event back = said("n", EventClass::outage, 1002, 1009, 1006);
  back.evidence.retracted = true;
  in.events.push_back(back);
  in.events.push_back(said("n", EventClass::blip, 1080, 1085, 1084));
  in.events.push_back(said("n", EventClass::blip, 5000, 5010, 5005));
  in.events.push_back(said("", EventClass::vantage, 9000, 9010, 9005));
  const Score s = score(in);
  CHECK(s.leaks == 1);
  CHECK(s.leaks_retracted == 1);
  CHECK(s.false_alarms.count == 3);
  CHECK(s.false_vantage == 1);
}

TEST_CASE("a network's own trouble under the vantage's cannot be told") {
  const Score s = score(run({was("", IncidentKind::vantage, 1000, 2000), was("n", IncidentKind::outage, 1100, 1900)},
                            {said("", EventClass::vantage, 1000, 2000, 1005)}));
  CHECK(s.hidden == 1);
  CHECK(s.incidents == 1);
  CHECK(s.recall == 1);
  CHECK(s.dark == 0);
}

TEST_CASE("of two incidents at once the worse is to be told") {
  const TrueIncident episode = was("n", IncidentKind::flapping, 1000, 9000);
  // The blip is one of the flaps; the outage is not.
  const Score s =
      score(run({episode, was("n", IncidentKind::blip, 2000, 2060), was("n", IncidentKind::random_loss, 3000, 4000)},
                {said("n", EventClass::flapping, 1000, 9000, 1500)}));
  CHECK(s.hidden == 2);
  CHECK(s.recall == 1);
  CHECK(s.dark == 1);
  CHECK(s.dark_reported == 1);
  CHECK(score(run({episode, was("n", IncidentKind::outage, 2000, 3000)}, {})).incidents == 2);
  CHECK(score(run({was("n", IncidentKind::random_loss, 1000, 9000), was("n", IncidentKind::blip, 2000, 2060)}, {}))
            .incidents == 2);
  // The same twice is to be told once.
  CHECK(score(run({episode, episode}, {})).incidents == 1);
}

TEST_CASE("partial loss called total") {
  const Score s =
      score(run({was("n", IncidentKind::random_loss, 0, 20000), was("n", IncidentKind::congestion, 30000, 35920),
                 was("n", IncidentKind::outage, 50000, 51000)},
                {said("n", EventClass::outage, 1000, 1700, 1010), said("n", EventClass::blip, 5000, 5060, 5010),
                 said("n", EventClass::outage, 50000, 51000, 50010)}));
  CHECK(s.spotty == 2);
  CHECK(s.spotty_called_dark == 1);
  CHECK(s.dark_alarms_while_spotty.count == 2);
  // 25,920 s of partial loss are a hundredth of a month.
  CHECK(s.dark_alarms_while_spotty.per_month == Approx(200));
  CHECK(s.false_alarms.count == 0);
  CHECK(s.dark_reported == 1);
}

TEST_CASE("an outage event that reaches into partial loss beside it called nothing total that was not") {
  const Score s =
      score(run({was("n", IncidentKind::random_loss, 10000, 20000), was("n", IncidentKind::outage, 20000, 21000)},
                {said("n", EventClass::outage, 19990, 21000, 20001)}));
  CHECK(s.spotty == 1);
  CHECK(s.spotty_called_dark == 0);
  CHECK(s.dark_alarms_while_spotty.count == 0);
}

TEST_CASE("vantage times have a margin") {
  const std::vector<TrueIncident> truth{was("", IncidentKind::vantage, 1000, 1060),
                                        was("n", IncidentKind::outage, 0, 10)};
  CHECK(vantage_times(truth, sec(30)).contains(sec(971)));
  CHECK_FALSE(vantage_times(truth, sec(30)).contains(sec(1090)));
  CHECK_FALSE(vantage_times(truth, sec(0)).contains(sec(971)));
  CHECK_FALSE(vantage_times(truth, sec(0)).contains(sec(5)));
}
