#include "daemon/export/event_json.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

WallAnchor anchor() { return {Instant(1h), WallTime(std::chrono::seconds(1419264900))}; }  // 2014-12-22T16:15:00Z

Event outage() {
  Event event;
  event.id = 7;
  event.network = "star-jv";
  event.start = Instant(1h) + 500ms;
  event.start_uncertainty = 250ms;
  event.detected_at = Instant(1h) + 9s;
  event.hosts_affected = 16;
  event.hosts_total = 16;
  return event;
}

TEST_CASE("an open event has no end and no ratio") {
  const auto json = nlohmann::json::parse(render_event_json(outage(), "fra1", anchor()));
  CHECK(json["id"] == 7);
  CHECK(json["vantage"] == "fra1");
  CHECK(json["network"] == "star-jv");
  CHECK(json["class"] == "outage");
  CHECK(json["pattern"].is_null());
  CHECK(json["cause"] == "unknown");
  CHECK(json["start"] == "2014-12-22T16:15:00.500Z");
  CHECK(json["start_uncertainty_s"] == 0.25);
  CHECK(json["end"].is_null());
  CHECK(json["detected_at"] == "2014-12-22T16:15:09.000Z");
  CHECK(json["success_ratio"].is_null());
  CHECK(json["hosts_total"] == 16);
  CHECK(json["evidence"]["retracted"] == false);
}

TEST_CASE("an event that has ended tells what failed, and its pattern where it has one") {
  Event event = outage();
  event.event_class = EventClass::spotty;
  event.pattern = LossPattern::bursty;
  event.end = event.start + 90s;
  event.probes = 200;
  event.failures = 50;
  const auto json = nlohmann::json::parse(render_event_json(event, "fra1", anchor()));
  CHECK(json["pattern"] == "bursty");
  CHECK(json["end"] == "2014-12-22T16:16:30.500Z");
  CHECK(json["success_ratio"] == 0.75);
}

TEST_CASE("an event of the vantage has no network") {
  Event event = outage();
  event.network.clear();
  event.event_class = EventClass::vantage;
  event.cause = EventCause::vantage;
  const auto json = nlohmann::json::parse(render_event_json(event, "a\"b", anchor()));
  CHECK(json["network"].is_null());
  CHECK(json["vantage"] == "a\"b");
  CHECK(json["cause"] == "vantage");
}

}  // namespace
}  // namespace blipd
