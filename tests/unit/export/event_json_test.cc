#include "daemon/export/event_json.h"

#include <chrono>
#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/unit/export/sample_event.h"

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

TEST_CASE("every field of the evidence that is known") {
  const auto evidence = nlohmann::json::parse(render_event_json(sample_event()))["evidence"];
  CHECK(evidence == nlohmann::json::parse(R"({
    "retracted": false, "log_likelihood": 12.5, "loss": 0.25, "burst_ratio": 3.5, "falls": 4, "dark_s": 90.0,
    "steady": true, "period_s": 60.0, "together": true, "rtt_before_s": 0.02, "rtt_during_s": 0.08,
    "hosts_on_new_path": 2, "hosts_limited": 1, "probes_void": 8, "answering": ["web"],
    "errors": [{"type": 3, "code": 1, "meaning": "host unreachable", "responder": "192.0.2.1", "count": 4}]})"));
}

TEST_CASE("what is not known of the evidence is left out") {
  const auto evidence = nlohmann::json::parse(render_event_json(outage(), "fra1", anchor()))["evidence"];
  CHECK(evidence == nlohmann::json{{"retracted", false}});
}

TEST_CASE("a logged event keeps its own id and times, and says how long nobody watched") {
  LoggedEvent event = sample_event();
  event.unwatched = 90s;
  const auto json = nlohmann::json::parse(render_event_json(event));
  CHECK(json["id"] == 1772362800000007);
  CHECK(json["start"] == "2026-03-01T11:00:00.000Z");
  CHECK(json["end"] == "2026-03-01T11:30:00.500Z");
  CHECK(json["detected_at"] == "2026-03-01T11:00:42.000Z");
  CHECK(json["evidence"]["unwatched_s"] == 90.0);
}

TEST_CASE("a list of events") {
  CHECK(render_events_json({}) == "{\"events\":[]}\n");
  const auto json = nlohmann::json::parse(render_events_json({shared_event(), shared_event()}));
  CHECK(json["events"].size() == 2);
}

}  // namespace
}  // namespace blipd
