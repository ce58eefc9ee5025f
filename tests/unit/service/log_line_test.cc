#include "daemon/service/log_line.h"

#include <chrono>
#include <limits>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

const WallTime kTime = WallTime(std::chrono::milliseconds(1795460400123));

std::string line(LogFormat format, const std::string& value) {
  const std::vector<LogField> fields = {{"key", std::string_view(value)}};
  return render_log_line(format, kTime, LogLevel::info, "m", fields);
}

TEST_CASE("a line in each format") {
  const std::vector<LogField> fields = {{"network", "star-jv"}, {"probes", 42}, {"ratio", 0.25}, {"ok", true}};
  CHECK(
      render_log_line(LogFormat::logfmt, kTime, LogLevel::warn, "network is down", fields) ==
      "time=2026-11-23T19:00:00.123Z level=warn msg=\"network is down\" network=star-jv probes=42 ratio=0.25 ok=true");
  CHECK(render_log_line(LogFormat::json, kTime, LogLevel::warn, "network is down", fields) ==
        R"({"time":"2026-11-23T19:00:00.123Z","level":"warn","msg":"network is down","network":"star-jv",)"
        R"("probes":42,"ratio":0.25,"ok":true})");
  CHECK(render_log_line(LogFormat::journald, kTime, LogLevel::warn, "network is down", fields) ==
        "<4>level=warn msg=\"network is down\" network=star-jv probes=42 ratio=0.25 ok=true");
}

TEST_CASE("journal priorities are those of syslog") {
  const auto prefix = [](LogLevel level) {
    return render_log_line(LogFormat::journald, kTime, level, "m", {}).substr(0, 3);
  };
  CHECK(prefix(LogLevel::debug) == "<7>");
  CHECK(prefix(LogLevel::info) == "<6>");
  CHECK(prefix(LogLevel::warn) == "<4>");
  CHECK(prefix(LogLevel::error) == "<3>");
}

TEST_CASE("values are quoted when they must be") {
  struct Row {
    std::string value;
    std::string logfmt;
    std::string json;
  };
  const std::string replacement = "\xEF\xBF\xBD";
  const std::vector<Row> rows = {
      {"plain", "plain", "\"plain\""},
      {"127.0.0.1:80", "127.0.0.1:80", "\"127.0.0.1:80\""},
      {"", "\"\"", "\"\""},
      {"two words", "\"two words\"", "\"two words\""},
      {"a=b", "\"a=b\"", "\"a=b\""},
      {"say \"hi\"", R"("say \"hi\"")", R"("say \"hi\"")"},
      {"C:\\x", R"("C:\\x")", R"("C:\\x")"},
      {"1\n2\r3\t4", R"("1\n2\r3\t4")", R"("1\n2\r3\t4")"},
      {std::string("\0\x1b\x7f", 3), R"("\u0000\u001b\u007f")", R"("\u0000\u001b\u007f")"},
      {"M\xC3\xBCnchen", "M\xC3\xBCnchen", "\"M\xC3\xBCnchen\""},
      {"\xE2\x82\xAC\xF0\x9F\x93\xA1", "\xE2\x82\xAC\xF0\x9F\x93\xA1", "\"\xE2\x82\xAC\xF0\x9F\x93\xA1\""},
      // Not UTF-8: a lone continuation, a lead without its rest, overlong, a surrogate, above U+10FFFF.
      {"a\x80z", "\"a" + replacement + "z\"", "\"a" + replacement + "z\""},
      {"a\xC3", "\"a" + replacement + "\"", "\"a" + replacement + "\""},
      {"\xC0\xAF", "\"" + replacement + replacement + "\"", "\"" + replacement + replacement + "\""},
      {"\xED\xA0\x80", "\"" + replacement + replacement + replacement + "\"",
       "\"" + replacement + replacement + replacement + "\""},
      {"\xF4\x90\x80\x80", "\"" + replacement + replacement + replacement + replacement + "\"",
       "\"" + replacement + replacement + replacement + replacement + "\""},
  };
  for (const Row& row : rows) {
    INFO(row.logfmt);
    CHECK(line(LogFormat::logfmt, row.value) == "time=2026-11-23T19:00:00.123Z level=info msg=m key=" + row.logfmt);
    CHECK(line(LogFormat::json, row.value) ==
          R"({"time":"2026-11-23T19:00:00.123Z","level":"info","msg":"m","key":)" + row.json + "}");
  }
}

TEST_CASE("a message of several lines is one line of log") {
  for (const LogFormat format : {LogFormat::logfmt, LogFormat::json, LogFormat::journald}) {
    CHECK(render_log_line(format, kTime, LogLevel::error, "a\nb", {}).find('\n') == std::string::npos);
  }
}

TEST_CASE("numbers that JSON cannot say are text") {
  const std::vector<LogField> fields = {{"nan", std::numeric_limits<double>::quiet_NaN()},
                                        {"inf", std::numeric_limits<double>::infinity()},
                                        {"small", -1}};
  const std::string text = render_log_line(LogFormat::json, kTime, LogLevel::info, "m", fields);
  CHECK(text.find(R"("nan":"nan","inf":"inf","small":-1)") != std::string::npos);
}

TEST_CASE("log times are UTC with milliseconds, rounded down, also before 1970") {
  CHECK(format_log_time(WallTime()) == "1970-01-01T00:00:00.000Z");
  CHECK(format_log_time(WallTime(std::chrono::microseconds(999))) == "1970-01-01T00:00:00.000Z");
  CHECK(format_log_time(WallTime(std::chrono::milliseconds(-1))) == "1969-12-31T23:59:59.999Z");
  CHECK(format_log_time(WallTime(std::chrono::seconds(1709251199))) == "2024-02-29T23:59:59.000Z");
}

}  // namespace
}  // namespace blipd
