#include "daemon/detect/event_book.h"

#include <chrono>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(10h);

struct Fixture {
  std::vector<Event> told;
  EventBook book{[this](const Event& event) { told.push_back(event); }};

  static Event event(EventClass c, Duration start, std::uint64_t probes = 0) {
    Event e;
    e.event_class = c;
    e.start = kStart + start;
    e.detected_at = kStart + start + 3s;
    e.probes = probes;
    return e;
  }
  void update(EventClass c, Duration start, Duration now) { book.update("n", event(c, start), kStart + now); }
  void close(EventClass c, Duration start, Duration end, bool retracted = false) {
    Event e = event(c, start);
    e.end = kStart + end;
    e.evidence.retracted = retracted;
    book.close("n", std::move(e), kStart + end + 5s);
  }
  std::uint64_t ended(EventClass c, const std::string& network = "n") const {
    return book.ended(network)[static_cast<std::size_t>(c)];
  }
};

}  // namespace

TEST_CASE("an event is told when it opens and when it has ended, under one id") {
  Fixture f;
  f.update(EventClass::outage, 0s, 3s);
  REQUIRE(f.told.size() == 1);
  CHECK(f.told[0].network == "n");
  CHECK(f.told[0].detected_at == kStart + 3s);
  CHECK_FALSE(f.told[0].end);
  REQUIRE(f.book.open("n") != nullptr);
  CHECK(f.book.open("n")->id == f.told[0].id);
  f.close(EventClass::outage, 0s, 300s);
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[1].id == f.told[0].id);
  CHECK(f.told[1].end == kStart + 300s);
  CHECK(f.book.open("n") == nullptr);
  CHECK(f.ended(EventClass::outage) == 1);
  f.update(EventClass::outage, 1000s, 1003s);
  CHECK(f.told[2].id != f.told[0].id);
}

TEST_CASE("an event of which nobody can say more ends as it was told last, and is counted") {
  Fixture f;
  f.book.end("n", kStart);
  CHECK(f.told.empty());
  f.update(EventClass::outage, 0s, 3s);
  f.book.end("n", kStart + 60s);
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[1].id == f.told[0].id);
  CHECK(f.told[1].event_class == EventClass::outage);
  CHECK(f.told[1].start == kStart);
  CHECK(f.told[1].end == kStart + 60s);
  CHECK(f.book.open("n") == nullptr);
  CHECK(f.ended(EventClass::outage) == 1);
}

TEST_CASE("an event that another module goes on telling does not begin after it was detected") {
  Fixture f;
  f.update(EventClass::spotty, 0s, 9s);
  // Told by a module in which it began later.
  f.update(EventClass::spotty, 50s, 60s);
  f.update(EventClass::outage, 70s, 80s);
  CHECK(f.told.back().start == kStart);
  CHECK(f.told.back().detected_at == kStart + 9s);
  // What is corrected within the time before it was detected is corrected.
  f.update(EventClass::spotty, 2s, 90s);
  CHECK(f.told.back().start == kStart + 2s);
  f.close(EventClass::spotty, 75s, 100s);
  CHECK(f.told.back().start == kStart + 2s);
}

TEST_CASE("what changes of class, cause or pattern is told at once, the rest once a minute") {
  Fixture f;
  f.update(EventClass::outage, 0s, 3s);
  f.update(EventClass::outage, 0s, 10s);
  f.update(EventClass::outage, 0s, 62s);
  CHECK(f.told.size() == 1);
  f.update(EventClass::outage, 0s, 63s);
  CHECK(f.told.size() == 2);
  f.update(EventClass::spotty, 0s, 64s);
  CHECK(f.told.size() == 3);
  CHECK(f.told[2].id == f.told[0].id);
  Event e = Fixture::event(EventClass::spotty, 0s);
  e.pattern = LossPattern::bursty;
  f.book.update("n", e, kStart + 65s);
  CHECK(f.told.size() == 4);
  e.cause = EventCause::congestion;
  f.book.update("n", e, kStart + 66s);
  CHECK(f.told.size() == 5);
  e.probes = 500;
  f.book.update("n", e, kStart + 67s);
  CHECK(f.told.size() == 5);
  CHECK(f.book.open("n")->probes == 500);
}

TEST_CASE("when it was first told stays, whatever it is called later and however it is dated back") {
  Fixture f;
  f.update(EventClass::outage, 2400s, 2403s);
  Event flapping = Fixture::event(EventClass::flapping, 0s);
  flapping.detected_at = kStart + 2440s;
  f.book.update("n", flapping, kStart + 2440s);
  CHECK(f.told.back().detected_at == kStart + 2403s);
  CHECK(f.told.back().start == kStart);
  flapping.end = kStart + 3000s;
  f.book.close("n", flapping, kStart + 9000s);
  CHECK(f.told.back().detected_at == kStart + 2403s);
}

TEST_CASE("what a module knew for long is told when it becomes the network's") {
  Fixture f;
  f.update(EventClass::outage, 0s, 300s);
  CHECK(f.told[0].detected_at == kStart + 300s);
}

TEST_CASE("what begins and ends between two looks is told as both") {
  Fixture f;
  f.close(EventClass::blip, 0s, 20s);
  REQUIRE(f.told.size() == 2);
  CHECK_FALSE(f.told[0].end);
  CHECK(f.told[1].end == kStart + 20s);
  CHECK(f.told[0].id == f.told[1].id);
  CHECK(f.ended(EventClass::blip) == 1);
}

TEST_CASE("an event counts as what it ended as, and not at all when it was taken back") {
  Fixture f;
  f.update(EventClass::outage, 0s, 3s);
  f.close(EventClass::blip, 0s, 20s);
  f.update(EventClass::outage, 100s, 103s);
  f.close(EventClass::outage, 100s, 110s, true);
  CHECK(f.ended(EventClass::blip) == 1);
  CHECK(f.ended(EventClass::outage) == 0);
  CHECK(f.told.back().evidence.retracted);
  CHECK(f.ended(EventClass::blip, "stranger") == 0);
}

TEST_CASE("an end is never before its start, and a network that goes takes its event along") {
  Fixture f;
  f.close(EventClass::outage, 100s, 50s);
  CHECK(f.told.back().end == f.told.back().start);
  f.update(EventClass::spotty, 200s, 203s);
  f.book.abandon("n", kStart + 250s);
  f.book.abandon("n", kStart + 260s);
  f.book.abandon("stranger", kStart + 260s);
  REQUIRE(f.told.size() == 4);
  CHECK(f.told[3].end == kStart + 250s);
  CHECK(f.book.open("n") == nullptr);
}

TEST_CASE("networks have their own events") {
  Fixture f;
  f.book.update("a", Fixture::event(EventClass::outage, 0s), kStart + 3s);
  f.book.update("b", Fixture::event(EventClass::spotty, 1s), kStart + 4s);
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[0].id != f.told[1].id);
  CHECK(f.book.open("a")->event_class == EventClass::outage);
  CHECK(f.book.open("b")->event_class == EventClass::spotty);
}

TEST_CASE("our own trouble is one event, of no network") {
  Fixture f;
  f.book.on_vantage(true, {kStart, 100ms}, true, kStart);
  CHECK(f.told.empty());
  f.book.on_vantage(false, {kStart + 5s, 100ms}, true, kStart + 8s);
  f.book.on_vantage(false, {kStart + 6s, 100ms}, true, kStart + 9s);
  REQUIRE(f.book.open_vantage() != nullptr);
  f.book.on_vantage(true, {kStart + 30s, 100ms}, true, kStart + 31s);
  CHECK(f.told.size() == 1);
  f.book.on_vantage(true, {kStart + 30s, 100ms}, true, kStart + 60s);
  f.book.on_vantage(true, {kStart + 30s, 100ms}, true, kStart + 61s);
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[0].event_class == EventClass::vantage);
  CHECK(f.told[0].cause == EventCause::vantage);
  CHECK(f.told[0].network.empty());
  CHECK(f.told[0].start == kStart + 5s);
  CHECK(f.told[0].start_uncertainty == 100ms);
  CHECK(f.told[0].detected_at == kStart + 8s);
  CHECK(f.told[1].end == kStart + 30s);
  CHECK(f.told[1].end_uncertainty == 100ms);
  CHECK(f.book.open_vantage() == nullptr);
  CHECK(f.book.ended_vantage() == 1);
}

TEST_CASE("our own trouble that comes again within half a minute is the same") {
  Fixture f;
  f.book.on_vantage(false, {kStart, 100ms}, true, kStart + 2s);
  f.book.on_vantage(true, {kStart + 3s, 100ms}, true, kStart + 4s);
  f.book.on_vantage(false, {kStart + 20s, 100ms}, true, kStart + 22s);
  f.book.on_vantage(true, {kStart + 40s, 100ms}, true, kStart + 41s);
  CHECK(f.told.size() == 1);
  f.book.on_vantage(true, {kStart + 40s, 100ms}, true, kStart + 70s);
  REQUIRE(f.told.size() == 2);
  CHECK(f.told[1].id == f.told[0].id);
  CHECK(f.told[1].start == kStart);
  CHECK(f.told[1].end == kStart + 40s);
}

TEST_CASE("trouble of ours is not over while answers do not outweigh losses") {
  Fixture f;
  f.book.on_vantage(false, {kStart, 100ms}, true, kStart + 2s);
  f.book.on_vantage(true, {kStart + 10s, 100ms}, false, kStart + 11s);
  f.book.on_vantage(true, {kStart + 10s, 100ms}, false, kStart + 200s);
  REQUIRE(f.book.open_vantage() != nullptr);
  f.book.on_vantage(true, {kStart + 10s, 100ms}, true, kStart + 201s);
  CHECK(f.book.open_vantage() == nullptr);
  CHECK(f.told.back().end == kStart + 10s);
}
