#include "daemon/export/event_query.h"

#include <chrono>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;
const WallTime kNoon(std::chrono::seconds(1772366400));  // 2026-03-01T12:00:00Z

TEST_CASE("times that can be read") {
  CHECK(parse_time("2026-03-01T12:00:00Z") == kNoon);
  CHECK(parse_time("2026-03-01t12:00:00.25z") == kNoon + 250ms);
  CHECK(parse_time("2026-03-01T13:30:00+01:30") == kNoon);
  CHECK(parse_time("2026-03-01T13:30:00 01:30") == kNoon);
  CHECK(parse_time("2026-02-28 21:00:00-15:00") == kNoon);
  CHECK(parse_time("2026-03-01T12:00:00.1234567891Z") == kNoon + 123456789ns);
  CHECK(parse_time("2024-02-29T00:00:00Z"));
  CHECK(parse_time("1772366400") == kNoon);
  CHECK(parse_time("1772366400.25") == kNoon + 250ms);
  CHECK(parse_time("0") == WallTime{});
}

TEST_CASE("times that cannot") {
  for (const char* text : {"",
                           "now",
                           "-1",
                           "1e9",
                           "nan",
                           "inf",
                           "0x10",
                           "99999999999999",
                           "2026-03-01",
                           "2026-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-03-01T24:00:00Z",
                           "2026-03-01T12:00:00",
                           "2026-03-01T12:00:00.Z",
                           "2026-03-01T12:00:00+1:00",
                           "2026-03-01T12:00:00+24:00",
                           "2026-03-01T12:00:00Zx",
                           "1969-12-31T23:59:59Z",
                           "2201-01-01T00:00:00Z",
                           "1772366400s",
                           " 1772366400"}) {
    INFO(text);
    CHECK_FALSE(parse_time(text));
  }
}

TEST_CASE("the query that parameters ask for") {
  const EventQuery all = parse_event_query({}).value();
  CHECK_FALSE(all.network);
  CHECK_FALSE(all.since);
  CHECK(all.limit == 1000);
  const EventQuery query =
      parse_event_query({{"network", "a"}, {"since", "1772366400"}, {"until", "1772366400"}, {"limit", "10000"}})
          .value();
  CHECK(query.network == "a");
  CHECK(query.since == kNoon);
  CHECK(query.until == kNoon);
  CHECK(query.limit == 10000);
}

TEST_CASE("parameters that are refused, with a sentence") {
  const auto error = [](const std::string& name, const std::string& value) {
    return parse_event_query({{name, value}}).error().message;
  };
  CHECK(error("sicne", "0") == "unknown parameter \"sicne\"; known: network, since, until, limit");
  CHECK(error("network", "") == "parameter \"network\" is empty");
  CHECK(error("until", "x") == "parameter \"until\" is neither an RFC 3339 time nor seconds since 1970");
  for (const char* limit : {"", "0", "10001", "-1", "5x", "99999999999999999999"}) {
    INFO(limit);
    CHECK(error("limit", limit) == "parameter \"limit\" is no whole number from 1 to 10000");
  }
  CHECK(parse_event_query({{"limit", "1"}, {"limit", "1"}}).error().message ==
        "parameter \"limit\" is given more than once");
  CHECK(parse_event_query({{"since", "2"}, {"until", "1"}}).has_error());
}

}  // namespace
}  // namespace blipd
