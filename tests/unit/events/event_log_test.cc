#include "daemon/events/event_log.h"

#include <memory>

#include "tests/support/catch.h"
#include "tests/unit/events/sample.h"

namespace blipd {
namespace {

using Ids = std::vector<std::uint64_t>;

struct Fixture {
  EventLog log{{.started = started()}};
  EventChange tell(const Event& event, Duration stepped = {}) {
    const std::vector<EventChange> changes = log.apply(event, "fra1", anchor(stepped));
    REQUIRE(changes.size() == 1);
    return changes.front();
  }
};

Ids found(const EventLog& log, const EventQuery& query) { return ids(log.find(query).value()); }

TEST_CASE("an event gets an id of its own and times of the wall clock") {
  Fixture f;
  const EventChange change = f.tell(outage(7, "a", 10s));
  CHECK(change.before == nullptr);
  CHECK(change.now->id == 1772366400000007);
  CHECK(change.now->id < (std::uint64_t{1} << 53));
  CHECK(change.now->vantage == "fra1");
  CHECK(change.now->start == started() + 10s);
  CHECK(change.now->detected_at == started() + 19s);
  CHECK_FALSE(change.now->end);
  EventLog later({.started = started() + 10ms});
  CHECK(later.apply(outage(7, "a", 10s), "fra1", anchor()).front().now->id != change.now->id);
}

TEST_CASE("an event in which the wall clock is set is as long as it was, by the clock as it is at its end") {
  const auto step = GENERATE(Duration(1h), Duration(-1h));
  Fixture f;
  f.tell(outage(1, "a", 0s));
  const EventChange change = f.tell(ended(outage(1, "a", 0s), 60s), step);
  REQUIRE(change.before);
  CHECK(change.before->start == started());
  CHECK(change.now->start == started() + step);
  CHECK(change.now->detected_at == started() + step + 9s);
  CHECK(change.now->end == started() + step + 60s);
  CHECK(f.tell(outage(2, "b", 70s), step).now->start == started() + step + 70s);
}

TEST_CASE("slewing the wall clock moves no start that was told, and nothing moves an end") {
  Fixture f;
  f.tell(outage(1, "a", 0s));
  const EventChange change = f.tell(ended(outage(1, "a", 0s), 60s), 1s);
  CHECK(change.now->start == started());
  CHECK(change.now->end == started() + 61s);
  CHECK(f.tell(ended(outage(1, "a", 0s), 60s), 5h).now->end == change.now->end);
}

TEST_CASE("a moment that the engine corrects moves by as much") {
  Fixture f;
  f.tell(outage(1, "a", 30s));
  CHECK(f.tell(outage(1, "a", 20s), 1s).now->start == started() + 20s);
  f.tell(ended(outage(1, "a", 20s), 60s));
  CHECK(f.tell(ended(outage(1, "a", 20s), 55s), 1h).now->end == started() + 55s);
}

TEST_CASE("an event that has ended stays ended, whatever is told of it") {
  EventLog log({.started = started(), .kept = 1});
  log.apply(outage(1, "a", 0s), "fra1", anchor());
  log.apply(ended(outage(1, "a", 0s), 60s), "fra1", anchor());
  const EventChange late = log.apply(outage(1, "a", 0s), "fra1", anchor(1h)).front();
  CHECK(late.now->end == started() + 60s);
  CHECK(log.open().empty());
  CHECK(log.apply(ended(outage(1, "a", 0s), 61s), "fra1", anchor(1h)).front().now->end == started() + 61s);
  log.apply(ended(outage(2, "a", 70s), 80s), "fra1", anchor());
  CHECK(ids(log.ended(10)) == Ids{2});
}

TEST_CASE("what changes is told with what it was") {
  Fixture f;
  f.tell(outage(1, "a", 0s));
  Event changed = outage(1, "a", 0s);
  changed.event_class = EventClass::flapping;
  const EventChange change = f.tell(changed);
  CHECK(change.before->facts.event_class == EventClass::outage);
  CHECK(change.now->facts.event_class == EventClass::flapping);
  CHECK(f.log.open().size() == 1);
}

TEST_CASE("open events, and those that ended last") {
  Fixture f;
  f.tell(outage(1, "a", 0s));
  f.tell(outage(2, "b", 5s));
  f.tell(outage(3, "c", 1s));
  f.tell(ended(outage(3, "c", 1s), 60s));
  f.tell(ended(outage(1, "a", 0s), 70s));
  CHECK(ids(f.log.open()) == Ids{2});
  CHECK(ids(f.log.ended(10)) == Ids{1, 3});
  CHECK(ids(f.log.ended(1)) == Ids{1});
}

TEST_CASE("a query selects what overlaps, oldest first, and of too many the newest") {
  Fixture f;
  f.tell(outage(2, "b", 100s));
  f.tell(outage(1, "a", 0s));
  f.tell(ended(outage(1, "a", 0s), 50s));
  f.tell(outage(3, "a", 200s));
  EventQuery query;
  CHECK(found(f.log, query) == Ids{1, 2, 3});
  query.limit = 2;
  CHECK(found(f.log, query) == Ids{2, 3});
  query.limit = 10;
  query.network = "a";
  CHECK(found(f.log, query) == Ids{1, 3});
  query.network = "nobody";
  CHECK(found(f.log, query).empty());
  query.network.reset();
  query.since = started() + 50s;
  CHECK(found(f.log, query) == Ids{1, 2, 3});
  query.since = started() + 51s;
  CHECK(found(f.log, query) == Ids{2, 3});
  query.until = started() + 199s;
  CHECK(found(f.log, query) == Ids{2});
}

class FakeStore final : public EventRecorder, public EventSource {
 public:
  void record(const LoggedEventPtr& event) override { recorded.push_back(event); }
  Result<std::vector<LoggedEventPtr>> find(const EventQuery&) override {
    ++asked;
    return answer;
  }
  std::vector<LoggedEventPtr> recorded;
  Result<std::vector<LoggedEventPtr>> answer{std::vector<LoggedEventPtr>{}};
  int asked = 0;
};

TEST_CASE("the recorder is told of each change") {
  FakeStore store;
  EventLog log({.started = started(), .recorder = &store});
  log.apply(outage(1, "a", 0s), "fra1", anchor());
  log.apply(ended(outage(1, "a", 0s), 60s), "fra1", anchor());
  REQUIRE(store.recorded.size() == 2);
  CHECK_FALSE(store.recorded[0]->end);
  CHECK(store.recorded[1]->end == started() + 60s);
  CHECK(store.recorded[0]->id == store.recorded[1]->id);
}

TEST_CASE("what memory has let go of comes from the source, and memory knows better what it still has") {
  FakeStore store;
  EventLog log({.started = started(), .kept = 1, .recorder = &store, .source = &store});
  for (std::uint64_t id = 1; id <= 3; ++id) {
    const Duration at = 100s * static_cast<int>(id);
    log.apply(outage(id, "a", at), "fra1", anchor());
    log.apply(ended(outage(id, "a", at), at + 10s), "fra1", anchor());
  }
  CHECK(ids(log.ended(10)) == Ids{3});
  // The store lags: it holds the third as if it were open.
  store.answer = std::vector<LoggedEventPtr>{store.recorded[1], store.recorded[3], store.recorded[4]};
  const auto all = log.find({}).value();
  CHECK(ids(all) == Ids{1, 2, 3});
  CHECK(all.back()->end);
  CHECK(store.asked == 1);
  EventQuery recent;
  recent.since = started() + 250s;
  CHECK(found(log, recent) == Ids{3});
  CHECK(store.asked == 1);
  recent.since = started() + 210s;
  store.answer = Error{"events.db: disk I/O error"};
  CHECK(log.find(recent).error().message == "events.db: disk I/O error");
  // An event that is over is not told as open because the store does not know it yet.
  store.answer = std::vector<LoggedEventPtr>{store.recorded[4]};
  recent.until = recent.since = started() + 200s;
  CHECK(found(log, recent).empty());
}

}  // namespace
}  // namespace blipd
