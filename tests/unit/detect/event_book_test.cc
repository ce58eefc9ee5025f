#include "daemon/detect/event_book.h"

#include <chrono>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(10h);

struct Fixture {
  std::vector<Event> told;
  EventBook book{[this](const Event& event) { told.push_back(event); }};

  void enter(State state, Duration at, std::uint64_t probes = 0, std::uint64_t failures = 0) {
    EventEvidence evidence;
    evidence.since = kStart + at;
    evidence.uncertainty = 500ms;
    evidence.probes = probes;
    evidence.failures = failures;
    evidence.hosts_affected = 7;
    evidence.hosts_total = 16;
    book.on_state("n", state, evidence, kStart + at + 8s);
  }
};

}  // namespace

TEST_CASE("an outage opens when it is seen, is dated back, and counts what failed in it") {
  Fixture f;
  f.enter(State::up, 0s, 100, 1);
  CHECK(f.told.empty());
  f.enter(State::down, 100s, 1000, 10);
  REQUIRE(f.told.size() == 1);
  CHECK(f.told[0].event_class == EventClass::outage);
  CHECK(f.told[0].start == kStart + 100s);
  CHECK(f.told[0].start_uncertainty == 500ms);
  CHECK(f.told[0].detected_at == kStart + 108s);
  CHECK_FALSE(f.told[0].end);
  CHECK(f.told[0].hosts_affected == 7);
  CHECK(f.told[0].hosts_total == 16);
  f.enter(State::up, 400s, 5000, 3010);
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[1].id == f.told[0].id);
  CHECK(f.told[1].event_class == EventClass::outage);
  CHECK(f.told[1].end == kStart + 400s);
  CHECK(f.told[1].probes == 4000);
  CHECK(f.told[1].failures == 3000);
}

TEST_CASE("an outage of two minutes and less was a blip, under the same id") {
  Fixture f;
  f.enter(State::down, 0s);
  f.enter(State::up, 120s);
  f.enter(State::down, 1000s);
  f.enter(State::up, 1121s);
  REQUIRE(f.told.size() == 4);
  CHECK(f.told[1].id == f.told[0].id);
  CHECK(f.told[1].event_class == EventClass::blip);
  CHECK(f.told[3].event_class == EventClass::outage);
  CHECK(f.told[3].id != f.told[0].id);
}

TEST_CASE("a change between bad states closes one event and opens the next") {
  Fixture f;
  f.enter(State::spotty, 0s);
  f.enter(State::down, 300s);
  f.enter(State::spotty, 900s);
  f.enter(State::up, 1000s);
  std::vector<EventClass> classes;
  for (const Event& event : f.told) classes.push_back(event.event_class);
  CHECK(classes == std::vector<EventClass>{EventClass::spotty, EventClass::spotty, EventClass::outage,
                                           EventClass::outage, EventClass::spotty, EventClass::spotty});
  CHECK(f.told[1].end == kStart + 300s);
  CHECK(f.told[2].start == kStart + 300s);
}

TEST_CASE("not knowing ends nothing, and the same state again opens nothing") {
  Fixture f;
  f.enter(State::down, 0s);
  f.enter(State::unknown, 60s);
  f.enter(State::down, 120s);
  CHECK(f.told.size() == 1);
  f.enter(State::unknown, 200s);
  f.enter(State::up, 300s);
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[1].end == kStart + 300s);
}

TEST_CASE("an end is never before its start, and a network that goes takes its event along") {
  Fixture f;
  f.enter(State::down, 100s);
  f.enter(State::up, 50s);
  CHECK(f.told[1].end == f.told[1].start);
  f.enter(State::spotty, 200s);
  f.book.on_removed("n", kStart + 250s);
  f.book.on_removed("n", kStart + 260s);
  f.book.on_removed("stranger", kStart + 260s);
  REQUIRE(f.told.size() == 4);
  CHECK(f.told[3].end == kStart + 250s);
}

TEST_CASE("our own trouble is one event, of no network") {
  Fixture f;
  f.book.on_vantage(true, kStart, kStart);
  CHECK(f.told.empty());
  f.book.on_vantage(false, kStart + 5s, kStart + 8s);
  f.book.on_vantage(false, kStart + 6s, kStart + 9s);
  f.book.on_vantage(true, kStart + 30s, kStart + 31s);
  f.book.on_vantage(true, kStart + 30s, kStart + 32s);
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[0].event_class == EventClass::vantage);
  CHECK(f.told[0].cause == EventCause::vantage);
  CHECK(f.told[0].network.empty());
  CHECK(f.told[0].start == kStart + 5s);
  CHECK(f.told[0].detected_at == kStart + 8s);
  CHECK(f.told[1].end == kStart + 30s);
}
