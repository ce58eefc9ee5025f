#include "daemon/service/logging.h"

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>

#include "daemon/service/log_limit.h"
#include "tests/support/catch.h"

namespace blipd {
namespace {

using std::chrono::seconds;

std::ptrdiff_t lines_of(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

TEST_CASE("lines below the level are not written") {
  std::ostringstream out;
  const auto log = open_log(LogLevel::warn, LogFormat::logfmt, out);
  log->line(LogLevel::debug, "one");
  log->line(LogLevel::info, "two");
  CHECK(out.str().empty());
  log->line(LogLevel::warn, "three");
  log->line(LogLevel::error, "four", {{"why", "a b"}});
  CHECK(lines_of(out.str()) == 2);
  CHECK(out.str().find("level=warn msg=three\n") != std::string::npos);
  CHECK(out.str().find("level=error msg=four why=\"a b\"\n") != std::string::npos);
}

TEST_CASE("text that looks like a format string is text") {
  std::ostringstream out;
  open_log(LogLevel::info, LogFormat::logfmt, out)->line(LogLevel::info, "{} %v {0}", {{"f", "{}%n"}});
  CHECK(out.str().find("msg=\"{} %v {0}\" f={}%n\n") != std::string::npos);
}

TEST_CASE("one kind that repeats is limited, others are not") {
  std::ostringstream out;
  const auto log = open_log(LogLevel::info, LogFormat::logfmt, out);
  for (int i = 0; i < 100; ++i) log->line(LogLevel::warn, "network is down", {{"network", "a"}, {"probes", i}});
  CHECK(lines_of(out.str()) == static_cast<std::ptrdiff_t>(LogLimit::kLines));
  log->line(LogLevel::warn, "network is down", {{"network", "b"}});
  log->line(LogLevel::warn, "network is up", {{"network", "a"}});
  CHECK(lines_of(out.str()) == static_cast<std::ptrdiff_t>(LogLimit::kLines) + 2);
}

TEST_CASE("what was left out is told when the period is over") {
  LogLimit limit;
  const Instant start(seconds(1000));
  int written = 0;
  for (int i = 0; i < 25; ++i) {
    CHECK(limit.end_period(start + seconds(i % 10)).empty());
    written += limit.admit("a", start + seconds(i % 10)) ? 1 : 0;
  }
  CHECK(limit.admit("b", start + seconds(9)));
  CHECK(written == 10);
  const auto left_out = limit.end_period(start + LogLimit::kPeriod);
  REQUIRE(left_out.size() == 1);
  CHECK(left_out.front().kind == "a");
  CHECK(left_out.front().lines == 15);
  CHECK(limit.admit("a", start + LogLimit::kPeriod));
  CHECK(limit.end_period(start + LogLimit::kPeriod + seconds(1)).empty());
}

}  // namespace
}  // namespace blipd
