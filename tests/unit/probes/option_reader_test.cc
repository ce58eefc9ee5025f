#include "probes/option_reader.h"

#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

OptionValue scalar(std::string text, bool quoted_text = false) {
  OptionValue value;
  value.kind = OptionValue::Kind::scalar;
  value.text = std::move(text);
  value.quoted = quoted_text;
  return value;
}

OptionValue sequence(std::vector<OptionValue> items) {
  OptionValue value;
  value.kind = OptionValue::Kind::sequence;
  value.items = std::move(items);
  return value;
}

/// A mapping at 1:1 whose entries stand in lines 2, 3, ... at column 3.
OptionValue mapping(std::vector<std::pair<std::string, OptionValue>> entries) {
  OptionValue value;
  value.kind = OptionValue::Kind::mapping;
  value.place = {1, 1};
  int line = 2;
  for (auto& [key, entry] : entries) value.entries.push_back({std::move(key), {line++, 3}, std::move(entry)});
  return value;
}

struct ValueCase {
  std::string text;
  bool quoted;
  std::string problem;  ///< empty: accepted
};

}  // namespace

TEST_CASE("durations are read with their units and nothing else") {
  const std::vector<std::pair<std::string, Duration>> good{
      {"250ms", milliseconds(250)},    {"10s", seconds(10)},       {"5m", minutes(5)},
      {"1h30m", minutes(90)},          {"2d", hours(48)},          {"0s", Duration(0)},
      {"1s500ms", milliseconds(1500)}, {"7us9ns", Duration(7009)}, {"106751d", hours(24) * 106751}};
  for (const auto& [text, duration] : good) {
    INFO(text);
    CHECK(parse_duration(text) == duration);
  }
  for (const std::string text : {"", "10", "s", "1.5s", "-1s", "+1s", "1m1h", "1s1s", "01s", "10 s", " 10s", "10s ",
                                 "1S", "1w", "1h 30m", "1e3s", "106752d", "99999999999999999999s"}) {
    INFO(text);
    CHECK(!parse_duration(text));
  }
}

TEST_CASE("a duration's text reads back as the same duration") {
  CHECK(format_duration(seconds(90)) == "1m30s");
  CHECK(format_duration(Duration(0)) == "0s");
  CHECK(format_duration(hours(24)) == "1d");
  CHECK(format_duration(milliseconds(1500)) == "1s500ms");
  CHECK(format_duration(-seconds(2)) == "-2s");
  CHECK(format_duration(Duration::min()).starts_with("-106751d"));
  for (const std::int64_t ns : {std::int64_t{1}, std::int64_t{999}, std::int64_t{1'000'001},
                                std::int64_t{123'456'789'012'345}, std::numeric_limits<std::int64_t>::max()}) {
    CHECK(parse_duration(format_duration(Duration(ns))) == Duration(ns));
  }
}

TEST_CASE("the nearest word is the one with least edits, or none") {
  const std::vector<std::string> known{"interval", "timeout", "ttl", "payload_size"};
  CHECK(nearest_word("intervall", known) == "interval");
  CHECK(nearest_word("Timeout", known) == "timeout");
  CHECK(nearest_word("tiemout", known) == "timeout");
  CHECK(nearest_word("tll", known) == "ttl");
  CHECK(nearest_word("payloadsize", known) == "payload_size");
  CHECK(nearest_word("zebra", known).empty());
  CHECK(nearest_word("", known).empty());
  CHECK(nearest_word(std::string(100'000, 'x'), known).empty());
  CHECK(nearest_word("ttl", {}).empty());
}

TEST_CASE("quoted text is short, whole and free of control characters") {
  CHECK(in_quotes("a\nb") == "\"a?b\"");
  CHECK(in_quotes(std::string(64, 'x')) == "\"" + std::string(64, 'x') + "\"");
  CHECK(in_quotes(std::string(65, 'x')) == "\"" + std::string(64, 'x') + "...\"");
  CHECK(in_quotes(std::string(63, 'x') + "\xC3\xA4\xC3\xA4") == "\"" + std::string(63, 'x') + "...\"");
}

TEST_CASE("whole numbers are plain decimals within their range") {
  const std::vector<ValueCase> cases{{"1", false, ""},
                                     {"255", false, ""},
                                     {"0", false, "m.k: 0 is below 1"},
                                     {"256", false, "m.k: 256 is above 255"},
                                     {"-3", false, "m.k: -3 is below 1"},
                                     {"99999999999999999999", false, "m.k: 99999999999999999999 is above 255"},
                                     {"010", false, "m.k: 010 has a leading zero: write it without"},
                                     {"0x10", false, "m.k: \"0x10\" is not a whole number"},
                                     {"1_0", false, "m.k: \"1_0\" is not a whole number"},
                                     {"1e1", false, "m.k: \"1e1\" is not a whole number"},
                                     {"6.5", false, "m.k: \"6.5\" is not a whole number"},
                                     {"+6", false, "m.k: \"+6\" is not a whole number"},
                                     {"", false, "m.k: \"\" is not a whole number"},
                                     {"64", true, "m.k: \"64\" is in quotes: a whole number is written without"}};
  for (const ValueCase& c : cases) {
    INFO(c.text);
    const OptionValue options = mapping({{"k", scalar(c.text, c.quoted)}});
    std::vector<Problem> problems;
    OptionReader reader(options, "m", problems);
    const std::int64_t value = reader.integer("k", 7, 1, 255);
    if (c.problem.empty()) {
      CHECK(problems.empty());
      CHECK(std::to_string(value) == c.text);
    } else {
      REQUIRE(problems.size() == 1);
      CHECK(problems[0].message == c.problem);
      CHECK(problems[0].place.line == 2);
      CHECK(problems[0].place.column == 3);
      CHECK(value == 7);
    }
  }
}

TEST_CASE("numbers are decimals without exponents, infinities or doubts") {
  for (const std::string text : {"0.5", "0", "1", "0.25"}) {
    const OptionValue options = mapping({{"k", scalar(text)}});
    std::vector<Problem> problems;
    CHECK(OptionReader(options, "", problems).number("k", 9, 0, 1) == Approx(std::stod(text)));
    CHECK(problems.empty());
  }
  for (const std::string text :
       {"1.5", "-0.1", ".5", "5.", "1e-3", ".nan", ".inf", "nan", "inf", "00.5", "0x1", "0.5.5", ""}) {
    INFO(text);
    const OptionValue options = mapping({{"k", scalar(text)}});
    std::vector<Problem> problems;
    CHECK(OptionReader(options, "", problems).number("k", 9, 0, 1) == Approx(9));
    CHECK(problems.size() == 1);
  }
}

TEST_CASE("booleans are true and false without quotes") {
  for (const std::string text : {"yes", "no", "on", "off", "True", "FALSE", "1", "0", "y", ""}) {
    INFO(text);
    const OptionValue options = mapping({{"k", scalar(text)}});
    std::vector<Problem> problems;
    CHECK(OptionReader(options, "", problems).boolean("k", true));
    CHECK(problems.size() == 1);
  }
  const OptionValue options = mapping({{"t", scalar("true")}, {"f", scalar("false")}, {"q", scalar("false", true)}});
  std::vector<Problem> problems;
  OptionReader reader(options, "", problems);
  CHECK(reader.boolean("t", false));
  CHECK(!reader.boolean("f", true));
  CHECK(problems.empty());
  CHECK(reader.boolean("q", true));
  CHECK(problems.size() == 1);
}

TEST_CASE("durations in range are taken, others are told with the bound") {
  const OptionValue options =
      mapping({{"a", scalar("5s")}, {"b", scalar("99ms")}, {"c", scalar("2h")}, {"d", scalar("10")}});
  std::vector<Problem> problems;
  OptionReader reader(options, "m", problems);
  CHECK(reader.duration("a", seconds(1), milliseconds(100), hours(1)) == seconds(5));
  CHECK(reader.duration("missing", seconds(1), milliseconds(100), hours(1)) == seconds(1));
  CHECK(problems.empty());
  CHECK(reader.duration("b", seconds(1), milliseconds(100), hours(1)) == seconds(1));
  CHECK(reader.duration("c", seconds(1), milliseconds(100), hours(1)) == seconds(1));
  CHECK(reader.duration("d", seconds(1), milliseconds(100), hours(1)) == seconds(1));
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].message == "m.b: 99ms is below 100ms");
  CHECK(problems[1].message == "m.c: 2h is above 1h");
  CHECK(problems[2].message == "m.d: \"10\" is not a duration: give its unit, as in \"10s\"");
}

TEST_CASE("text, choices and lists of text") {
  const OptionValue options = mapping({{"number", scalar("7")},
                                       {"word", scalar("get")},
                                       {"list", sequence({scalar("a"), sequence({}), scalar("b")})},
                                       {"null", OptionValue{}}});
  std::vector<Problem> problems;
  OptionReader reader(options, "m", problems);
  CHECK(reader.text("number", "") == "7");
  CHECK(reader.text("missing", "fallback") == "fallback");
  CHECK(reader.choice("number", "x", {"7", "8"}) == "7");
  CHECK(problems.empty());
  CHECK(reader.choice("word", "GET", {"GET", "HEAD"}) == "GET");
  CHECK(reader.texts("list") == std::vector<std::string>{"a", "b"});
  CHECK(reader.texts("word").empty());
  CHECK(reader.text("list", "fallback") == "fallback");
  CHECK(reader.text("null", "fallback") == "fallback");
  REQUIRE(problems.size() == 5);
  CHECK(problems[0].message == "m.word: \"get\" is not one of: GET, HEAD");
  CHECK(problems[1].message == "m.list: expected text, not a list");
  CHECK(problems[2].message == "m.word: expected a list, not a single value");
  CHECK(problems[3].message == "m.list: expected text, not a list");
  CHECK(problems[4].message == "m.null: has no value, expected text");
}

TEST_CASE("finish reports keys nobody asked for and repeated ones, once") {
  const OptionValue options =
      mapping({{"ttl", scalar("1")}, {"tttl", scalar("1")}, {"ttl", scalar("2")}, {"other", scalar("1")}});
  std::vector<Problem> problems;
  OptionReader reader(options, "modules.ping", problems);
  CHECK(reader.integer("ttl", 64, 1, 255) == 1);
  reader.finish();
  reader.finish();
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].message == "unknown key \"tttl\" in modules.ping (did you mean \"ttl\"?)");
  CHECK(problems[0].place.line == 3);
  CHECK(problems[1].message == "repeated key \"ttl\" in modules.ping");
  CHECK(problems[2].message == "unknown key \"other\" in modules.ping (known: ttl)");
}

TEST_CASE("a thousand unknown keys are not a thousand problems") {
  std::vector<std::pair<std::string, OptionValue>> entries;
  for (int i = 0; i < 1000; ++i) entries.emplace_back("k" + std::to_string(i), scalar("1"));
  const OptionValue options = mapping(std::move(entries));
  std::vector<Problem> problems;
  OptionReader(options, "", problems).finish();
  CHECK(problems.size() == 21);
}

TEST_CASE("what is no mapping is told and read as an empty one") {
  const OptionValue list = sequence({});
  std::vector<Problem> problems;
  OptionReader reader(list, "vantage", problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message == "vantage: expected a mapping, not a list");
  CHECK(reader.text("name", "x") == "x");
  CHECK(reader.value("name") == nullptr);
  reader.finish();
  CHECK(problems.size() == 1);
}

TEST_CASE("a caller's own problem stands at its key with its path") {
  const OptionValue options = mapping({{"a", scalar("1")}, {"b", scalar("2")}});
  std::vector<Problem> problems;
  OptionReader reader(options, "m", problems);
  CHECK(reader.place_of("b").line == 3);
  CHECK(reader.place_of("missing").line == 1);
  reader.report("b", "must be below a");
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message == "m.b: must be below a");
  CHECK(problems[0].place.line == 3);
}
