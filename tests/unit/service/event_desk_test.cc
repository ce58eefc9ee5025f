#include "daemon/service/event_desk.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/service/fake_log.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;
using test::FakeLog;
using Lines = std::vector<std::string>;

constexpr Instant kNow{1h};
const WallTime kNoon(std::chrono::seconds(1772366400));  // 2026-03-01T12:00:00Z

Event outage() {
  Event event;
  event.id = 1;
  event.network = "a";
  event.start = kNow - 9500ms;
  event.detected_at = kNow;
  event.hosts_affected = 8;
  event.hosts_total = 8;
  return event;
}

struct Fixture {
  FakeLog log;
  int woken = 0;
  EventDesk desk{log, {.started = kNoon}, [this] { ++woken; }};

  Lines tell(const Event& event) {
    desk.put(event);
    desk.take("fra1", {kNow, kNoon});
    return log.take();
  }
};

TEST_CASE("a line when an event opens, when its class changes, and when it ends") {
  Fixture f;
  Event event = outage();
  CHECK(f.tell(event) == Lines{"warn: event opened network=a class=outage id=1772366400000001 "
                               "start=2026-03-01T11:59:50.500Z hosts_affected=8 hosts=8 detected_after_seconds=9.5"});
  event.probes = 100;
  event.failures = 60;
  CHECK(f.tell(event).empty());
  event.event_class = EventClass::flapping;
  event.cause = EventCause::route;
  CHECK(f.tell(event) == Lines{"warn: event changed its class network=a class=flapping id=1772366400000001 was=outage "
                               "cause=route start=2026-03-01T11:59:50.500Z hosts_affected=8 hosts=8 probes=100 "
                               "failures=60"});
  event.end = kNow + 500ms;
  CHECK(f.tell(event) == Lines{"info: event ended network=a class=flapping id=1772366400000001 cause=route "
                               "start=2026-03-01T11:59:50.500Z hosts_affected=8 hosts=8 probes=100 failures=60 "
                               "lasted_seconds=10"});
  event.failures = 61;
  CHECK(f.tell(event).empty());
}

TEST_CASE("an event of ours, and one that is taken back") {
  Fixture f;
  Event event = outage();
  event.network.clear();
  event.event_class = EventClass::vantage;
  event.hosts_affected = event.hosts_total = 0;
  CHECK(f.tell(event) == Lines{"warn: event opened vantage=fra1 class=vantage id=1772366400000001 "
                               "start=2026-03-01T11:59:50.500Z detected_after_seconds=9.5"});
  event.end = kNow;
  event.evidence.retracted = true;
  CHECK(f.tell(event).front().starts_with("info: event is taken back vantage=fra1"));
}

TEST_CASE("every change goes into the stream, and states do") {
  Fixture f;
  Event event = outage();
  f.tell(event);
  event.probes = 100;
  f.tell(event);
  Snapshot snapshot;
  snapshot.networks.resize(1);
  snapshot.networks[0].name = "a";
  snapshot.networks[0].state = State::down;
  f.desk.compare(snapshot);
  CHECK(f.woken == 2);
  CHECK(f.desk.changes()->newest() == 1772366400000003);
  const std::string text = f.desk.changes()->read(1772366400000000, 1 << 20).text;
  const auto data = [&](const std::string& kind, std::size_t from) {
    const std::string before = "event: " + kind + "\ndata: ";
    const std::size_t at = text.find(before, from) + before.size();
    return nlohmann::json::parse(text.substr(at, text.find('\n', at) - at));
  };
  CHECK(data("event", 0)["probes"] == 0);
  CHECK(data("event", text.find("data: "))["probes"] == 100);
  CHECK(data("state", 0)["state"] == "down");
  CHECK(f.desk.events().open().size() == 1);
}

}  // namespace
}  // namespace blipd
