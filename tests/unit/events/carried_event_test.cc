#include "daemon/events/carried_event.h"

#include "daemon/events/event_log.h"
#include "tests/support/catch.h"
#include "tests/unit/events/sample.h"

namespace blipd {
namespace {

/// Open since ten minutes before the start; the run before watched until one minute before it.
CarriedEvent carried(const std::string& network, EventClass event_class) {
  CarriedEvent made;
  made.event.id = 42;
  made.event.vantage = "fra1";
  made.event.start = started() - 10min;
  made.event.detected_at = made.event.start + 9s;
  made.event.facts.id = 3;
  made.event.facts.network = network;
  made.event.facts.event_class = event_class;
  made.event.facts.probes = 100;
  made.event.facts.failures = 99;
  made.event.facts.evidence.voids = 5;
  made.watched_until = started() - 1min;
  return made;
}

Snapshot seen(const std::string& network, State state, Duration at) {
  Snapshot snapshot;
  snapshot.taken = started() + at;
  snapshot.networks.resize(1);
  snapshot.networks.front().name = network;
  snapshot.networks.front().state = state;
  return snapshot;
}

TEST_CASE("an outage that goes on after a restart is one event, with its gap") {
  EventLog log({.started = started()});
  log.restore({carried("a", EventClass::outage)});
  CHECK(log.open().size() == 1);
  Event again = outage(1, "a", 5s);
  again.probes = 20;
  again.failures = 20;
  again.evidence.voids = 2;
  const auto changes = log.apply(again, "fra1", anchor());
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].before->id == 42);
  CHECK(changes[0].now->id == 42);
  CHECK(changes[0].now->start == started() - 10min);
  CHECK(changes[0].now->unwatched == 1min);
  CHECK(changes[0].now->facts.probes == 120);
  CHECK(changes[0].now->facts.failures == 119);
  CHECK(changes[0].now->facts.evidence.voids == 7);

  Event over = ended(again, 65s);
  over.event_class = EventClass::blip;
  over.probes = 30;
  const EventChange last = log.apply(over, "fra1", anchor()).front();
  CHECK(last.now->id == 42);
  CHECK(last.now->end == started() + 65s);
  CHECK(last.now->facts.event_class == EventClass::outage);
  CHECK(last.now->facts.probes == 130);
  CHECK(last.now->unwatched == 1min);
  CHECK(log.open().empty());
  CHECK(log.settle(seen("a", State::up, 70s)).empty());
}

TEST_CASE("of a network that has fewer hosts after a restart no more are affected than it has") {
  EventLog log({.started = started()});
  CarriedEvent before = carried("a", EventClass::outage);
  before.event.facts.hosts_affected = before.event.facts.hosts_total = 16;
  log.restore({before});
  Event again = outage(1, "a", 5s);
  again.hosts_affected = 2;
  again.hosts_total = 4;
  const EventChange change = log.apply(again, "fra1", anchor()).front();
  CHECK(change.now->facts.hosts_affected == 4);
  CHECK(change.now->facts.hosts_total == 4);
}

TEST_CASE("what begins before the guessed end of what was left open begins there, and no event ends before its start") {
  EventLog log({.started = started()});
  log.restore({carried("a", EventClass::outage)});
  const auto closed = log.settle(seen("a", State::up, 20s));
  REQUIRE(closed.size() == 1);
  const WallTime end = *closed[0].now->end;
  const Duration before = started() - end;
  const EventChange next = log.apply(outage(1, "a", -before - 2s), "fra1", anchor()).front();
  CHECK(next.now->start == end);
  CHECK(next.now->facts.start_uncertainty == 2s);
  const EventChange over = log.apply(ended(outage(1, "a", -before - 2s), -before - 2s), "fra1", anchor(-1us)).front();
  CHECK(over.now->end == end);
}

TEST_CASE("another class after a restart ends the old event and is a new one") {
  EventLog log({.started = started()});
  log.restore({carried("a", EventClass::outage)});
  Event spotty = outage(1, "a", 60s);
  spotty.event_class = EventClass::spotty;
  const auto changes = log.apply(spotty, "fra1", anchor());
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].now->id == 42);
  CHECK(changes[0].now->end == started());
  CHECK(changes[0].now->facts.end_uncertainty == 1min);
  CHECK(changes[1].before == nullptr);
  CHECK(changes[1].now->id == 1772366400000001);
  CHECK(log.open().size() == 1);
}

TEST_CASE("an event that was over when blipd came back ends by the first evidence") {
  EventLog log({.started = started()});
  log.restore({carried("a", EventClass::outage)});
  CHECK(log.settle(seen("a", State::unknown, 1s)).empty());
  CHECK(log.settle(seen("a", State::down, 2s)).empty());
  const auto changes = log.settle(seen("a", State::up, 20s));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].now->end == started() - 20s);
  CHECK(changes[0].now->facts.end_uncertainty == 40s);
  CHECK(changes[0].now->unwatched == 40s);
  CHECK(log.settle(seen("a", State::up, 21s)).empty());
  CHECK(log.open().empty());
}

TEST_CASE("an event of a network that is no longer watched ends when it was last watched") {
  EventLog log({.started = started()});
  log.restore({carried("gone", EventClass::spotty)});
  const auto changes = log.settle(seen("a", State::up, 1s));
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].now->end == started() - 1min);
  CHECK(changes[0].now->unwatched == 0s);
}

TEST_CASE("our own event ends when a reference responds") {
  EventLog log({.started = started()});
  log.restore({carried("", EventClass::vantage)});
  Snapshot snapshot = seen("a", State::up, 5s);
  snapshot.references = {{"192.0.2.1", false}};
  CHECK(log.settle(snapshot).empty());
  snapshot.references.front().responding = true;
  CHECK(log.settle(snapshot).size() == 1);
}

}  // namespace
}  // namespace blipd
