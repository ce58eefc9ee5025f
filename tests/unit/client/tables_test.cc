// What `blipd events` and `blipd status` print for people.
#include <nlohmann/json.hpp>
#include <string>

#include "daemon/client/api_text.h"
#include "daemon/client/events_table.h"
#include "daemon/client/http_get.h"
#include "daemon/client/status_table.h"
#include "daemon/client/text_table.h"
#include "tests/support/catch.h"

namespace blipd {
namespace {

using Json = nlohmann::json;

TEST_CASE("columns line up, also with names that are not ASCII, and no name moves the cursor") {
  CHECK(text_table({{"a", "bb", "c"}, {"caf\xc3\xa9", "x", ""}, {"\x1b[2J", "y", "z"}}) ==
        "a     bb  c\n"
        "caf\xc3\xa9  x\n"
        "?[2J  y   z\n");
  // Two ideographs take four columns, a mark on a letter none, and a long name makes its column as wide as it is.
  CHECK(text_table({{"\xe6\x9d\xb1\xe4\xba\xac", "x"}, {"e\xcc\x81", "y"}, {std::string(70, 'w'), "z"}}) ==
        "\xe6\x9d\xb1\xe4\xba\xac" + std::string(68, ' ') + "x\ne\xcc\x81" + std::string(71, ' ') + "y\n" +
            std::string(70, 'w') + "  z\n");
  CHECK(text_table({}).empty());
}

TEST_CASE("what could do more to a terminal than be seen is not printed") {
  // CSI as one character, a mark that turns text around, half a character, one that is too long, half a surrogate pair.
  for (const char* harmful : {"\xc2\x9b", "\xe2\x80\xae", "\xe6", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    INFO(harmful);
    const std::string text = plain_text(std::string("a") + harmful + "b");
    CHECK(text.front() == 'a');
    CHECK(text.back() == 'b');
    CHECK(text.find_first_not_of('?', 1) == text.size() - 1);
  }
  CHECK(plain_text("na\xc3\xafve \xf0\x9f\x98\x80") == "na\xc3\xafve \xf0\x9f\x98\x80");
}

TEST_CASE("spans of time in two units") {
  const auto span = [](const char* to) { return span_text("2026-03-01T12:00:00.000Z", to); };
  CHECK(span("2026-03-01T12:00:31.900Z") == "31 s");
  CHECK(span("2026-03-01T12:12:03.000Z") == "12 min 3 s");
  CHECK(span("2026-03-01T14:00:10.000Z") == "2 h");
  CHECK(span("2026-03-04T16:00:00.000Z") == "3 d 4 h");
  CHECK(span("2026-03-01T11:00:00.000Z") == "0 s");
}

TEST_CASE("a ratio is all or nothing only if it is") {
  const auto ratio = [](const Json& value, int probes) {
    return ratio_text(Json{{"success_ratio", value}, {"probes", probes}});
  };
  CHECK(ratio(0.7525, 400) == "75.2 % of 400");
  CHECK(ratio(0.99999, 100000) == "99.9 % of 100000");
  CHECK(ratio(1.0, 3) == "100.0 % of 3");
  CHECK(ratio(0.0001, 10000) == "0.1 % of 10000");
  CHECK(ratio(nullptr, 0) == "- of 0");
  CHECK(rtt_text(0.0123) == "12.3 ms");
  CHECK(rtt_text(1.5) == "1.50 s");
  CHECK(rtt_text(nullptr) == "-");
}

Json event() {
  return Json::parse(R"({
    "id": 1, "vantage": "fra1", "network": "star-jv", "class": "spotty", "pattern": "bursty", "cause": "congestion",
    "start": "2026-03-01T11:00:00.000Z", "start_uncertainty_s": 2.5, "end": "2026-03-01T11:30:05.500Z",
    "end_uncertainty_s": 10.0, "detected_at": "2026-03-01T11:00:42.000Z", "probes": 200, "failures": 50,
    "success_ratio": 0.75, "hosts_affected": 3, "hosts_total": 4, "evidence": {"retracted": false}})");
}

TEST_CASE("events as a table") {
  Json open = event();
  open["network"] = nullptr;
  open["class"] = "vantage";
  open["cause"] = "vantage";
  open["pattern"] = nullptr;
  open["end"] = nullptr;
  open["probes"] = open["hosts_total"] = 0;
  Json retracted = event();
  retracted["evidence"]["retracted"] = true;
  const Json document = {{"events", {event(), open, retracted}}};
  CHECK(events_table(document.dump()).value() ==
        "start (UTC)          lasted      network       class    hosts   probes failed  what else\n"
        "2026-03-01 11:00:00  30 min 5 s  star-jv       spotty   3 of 4  50 of 200      bursty, congestion\n"
        "2026-03-01 11:00:00  open        vantage fra1  vantage  -       -\n"
        "2026-03-01 11:00:00  30 min 5 s  star-jv       spotty   3 of 4  50 of 200      taken back, bursty, "
        "congestion\n");
  CHECK(events_table(R"({"events":[]})").value() == "No events.\n");
  Json resumed = event();
  resumed["evidence"]["unwatched_s"] = 190.4;
  CHECK(events_table(Json{{"events", {resumed}}}.dump())
            .value()
            .ends_with("bursty, congestion, not watched for 3 min 10 s\n"));
}

TEST_CASE("networks as a table, worst first") {
  const auto network = [](const char* name, const char* state, const Json& open_event) {
    Json module = {{"module", "ping"}, {"state", state}, {"rtt", {{"p50_seconds", 0.023}}}};
    module["windows"] = {{{"window", "1m"}, {"probes", 8}, {"success_ratio", 0.75}},
                         {{"window", "5m"}, {"probes", 0}, {"success_ratio", nullptr}}};
    Json made = {{"name", name}, {"state", state}, {"since", "2026-03-01T10:57:55.250Z"}, {"open_event", open_event}};
    made["hosts"] = 4;
    made["hosts_responding"] = 3;
    made["modules"] = Json::array({module});
    return made;
  };
  Json document = {{"vantage", "fra1"}, {"vantage_ok", true}, {"taken", "2026-03-01T12:00:00.250Z"}};
  document["networks"] = {network("fine", "up", nullptr),
                          network("bad", "down", {{"class", "outage"}, {"start", "2026-03-01T10:57:00.000Z"}})};
  CHECK(status_table(document.dump()).value() ==
        "fra1, 2026-03-01 12:00:00 UTC, our own connection is fine\n"
        "network  state  since (UTC)          answered, 1m  answered, 5m  median RTT  hosts answering  open event\n"
        "bad      down   2026-03-01 10:57:55                                          3 of 4           outage since "
        "2026-03-01 10:57:00\n"
        "  ping   down                        75.0 % of 8   - of 0        23 ms\n"
        "fine     up     2026-03-01 10:57:55                                          3 of 4\n"
        "  ping   up                          75.0 % of 8   - of 0        23 ms\n");
  Json empty = document;
  empty["networks"] = Json::array();
  empty["vantage"] = "fra\x1b[31m";
  CHECK(status_table(empty.dump()).value() ==
        "fra?[31m, 2026-03-01 12:00:00 UTC, our own connection is fine\nNo networks.\n");
  document["vantage_ok"] = false;
  document["vantage_event"] = {{"class", "vantage"}, {"start", "2026-03-01T11:59:00.000Z"}};
  CHECK(status_table(document.dump())
            .value()
            .starts_with(
                "fra1, 2026-03-01 12:00:00 UTC, OUR OWN CONNECTION IS ILL: vantage since 2026-03-01 11:59:00\n"));
}

TEST_CASE("what is no answer of blipd is an error of one line") {
  for (const char* text : {"", "<html>", "{}", "[]", R"({"events":[{}]})", R"({"networks":[{"name":1}]})"}) {
    INFO(text);
    for (const auto& table : {events_table(text), status_table(text)}) {
      REQUIRE(table.has_error());
      CHECK(table.error().message.find('\n') == std::string::npos);
    }
  }
}

TEST_CASE("nobody answers, or the URL is none: one line that names it") {
  for (const char* url : {"http://127.0.0.1:1", "http://127.0.0.1:1/", "ftp://127.0.0.1", "http://[::1", ""}) {
    INFO(url);
    const auto answer = http_get(url, "/api/v1/events", {{"network", "a b"}});
    REQUIRE(answer.has_error());
    CHECK(answer.error().message.find('\n') == std::string::npos);
    CHECK(answer.error().message.find("/api/v1/events?network=a%20b: ") != std::string::npos);
  }
}

}  // namespace
}  // namespace blipd
