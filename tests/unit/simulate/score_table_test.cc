#include "daemon/simulate/score_table.h"

#include "tests/support/catch.h"
#include "tests/unit/simulate/score_input.h"

using namespace blipd;
using namespace blipd::score_test;

namespace {

Event event(EventClass c, LossPattern pattern = LossPattern::unknown, EventCause cause = EventCause::unknown) {
  Event e;
  e.event_class = c;
  e.pattern = pattern;
  e.cause = cause;
  return e;
}

const Event kBlip = event(EventClass::blip);
const Event kOutage = event(EventClass::outage, LossPattern::unknown, EventCause::route);
const Event kRandom = event(EventClass::spotty, LossPattern::random);
const Event kBursty = event(EventClass::spotty, LossPattern::bursty);
const Event kSpotty = event(EventClass::spotty);
const Event kCongestion = event(EventClass::spotty, LossPattern::random, EventCause::congestion);
const Event kFlapping = event(EventClass::flapping);
const Event kVantage = event(EventClass::vantage);
const Event kFiltered = event(EventClass::outage, LossPattern::unknown, EventCause::filter);

/// Which of the nine are right, as a row of letters.
std::string accepted(const TrueIncident& incident) {
  const std::pair<char, const Event*> all[] = {{'b', &kBlip},     {'o', &kOutage},  {'r', &kRandom},
                                               {'u', &kBursty},   {'s', &kSpotty},  {'c', &kCongestion},
                                               {'f', &kFlapping}, {'v', &kVantage}, {'x', &kFiltered}};
  std::string letters;
  for (const auto& [letter, e] : all) {
    if (accepts(expected(incident, {}), *e)) {
      letters += letter;
    }
  }
  return letters;
}

TrueIncident with_loss(IncidentKind kind, double loss) {
  TrueIncident t = was("n", kind, 0, 3600);
  t.loss = loss;
  return t;
}

TrueIncident of_hosts(IncidentKind kind, std::uint64_t affected, std::uint64_t hosts) {
  TrueIncident t = was("n", kind, 0, 3600);
  t.affected = affected;
  t.hosts = hosts;
  return t;
}

Wanted wanted(const TrueIncident& t) { return expected(t, {}).wanted; }

}  // namespace

TEST_CASE("total loss is a blip or an outage by its length") {
  CHECK(accepted(was("n", IncidentKind::blip, 0, 60)) == "b");
  CHECK(accepted(was("n", IncidentKind::outage, 0, 60)) == "b");
  CHECK(accepted(was("n", IncidentKind::blip, 0, 600)) == "ox");
  CHECK(accepted(was("n", IncidentKind::outage, 0, 600)) == "ox");
  // Within a tenth of two minutes both are right.
  CHECK(accepted(was("n", IncidentKind::outage, 0, 107)) == "b");
  CHECK(accepted(was("n", IncidentKind::outage, 0, 109)) == "box");
  CHECK(accepted(was("n", IncidentKind::outage, 0, 131)) == "box");
  CHECK(accepted(was("n", IncidentKind::outage, 0, 133)) == "ox");
}

TEST_CASE("partial loss is spotty, with its pattern or its cause") {
  CHECK(accepted(with_loss(IncidentKind::random_loss, 0.3)) == "r");
  CHECK(accepted(with_loss(IncidentKind::bursty_loss, 0.3)) == "u");
  CHECK(accepted(with_loss(IncidentKind::congestion, 0.5)) == "c");
  CHECK(accepted(with_loss(IncidentKind::random_loss, 0.97)) == "orx");
  CHECK(wanted(with_loss(IncidentKind::random_loss, 0.3)) == Wanted::required);
  CHECK(wanted(with_loss(IncidentKind::random_loss, 0.04)) == Wanted::allowed);
}

TEST_CASE("flapping and our own side have one name each") {
  CHECK(accepted(was("n", IncidentKind::flapping, 0, 7200)) == "f");
  CHECK(accepted(was("", IncidentKind::vantage, 0, 60)) == "v");
}

TEST_CASE("a partial reach is what the vantage sees of it") {
  TrueIncident t = was("n", IncidentKind::partial, 0, 3600);
  CHECK(accepted(t) == "orx");
  t.loss = 0.5;
  CHECK(accepted(t) == "rus");
  t.seen = false;
  CHECK(accepted(t).empty());
  CHECK(wanted(t) == Wanted::unwanted);
}

TEST_CASE("what is no event of the network") {
  CHECK(wanted(of_hosts(IncidentKind::rate_limited, 4, 16)) == Wanted::unwanted);
  CHECK(accepted(of_hosts(IncidentKind::rate_limited, 4, 16)).empty());
  CHECK(wanted(was("n", IncidentKind::filter, 0, 60)) == Wanted::allowed);
  CHECK(accepted(was("n", IncidentKind::filter, 0, 60)) == "x");
  CHECK(wanted(of_hosts(IncidentKind::host_fault, 3, 16)) == Wanted::unwanted);
  CHECK(wanted(of_hosts(IncidentKind::host_fault, 4, 16)) == Wanted::allowed);
  CHECK(accepted(of_hosts(IncidentKind::renumbering, 8, 16)) == "rus");
  CHECK(wanted(of_hosts(IncidentKind::renumbering, 0, 0)) == Wanted::unwanted);
}

TEST_CASE("how many silent hosts chance does not explain") {
  CHECK(unlikely_silent_hosts(16) == 4);
  CHECK(unlikely_silent_hosts(8) == 3);
  CHECK(unlikely_silent_hosts(4) == 3);
  CHECK(unlikely_silent_hosts(1) == 2);
}

TEST_CASE("columns of the confusion table") {
  CHECK(class_of(kCongestion) == ScoreClass::congestion);
  CHECK(class_of(kSpotty) == ScoreClass::spotty);
  CHECK(class_of(event(EventClass::outage, LossPattern::bursty, EventCause::congestion)) == ScoreClass::outage);
  CHECK(to_string(ScoreClass::random_loss) == "random");
  CHECK(to_string(IncidentKind::host_fault) == "host fault");
}
