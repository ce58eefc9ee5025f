#include "probes/http_response.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "probes/http_stall.h"
#include "tests/support/catch.h"
#include "tests/unit/probes/http_reading.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;
using test::Entries;
using test::map;
using test::word;
using test::words;

std::shared_ptr<const HttpOptions> options(Entries entries) {
  std::vector<Problem> problems;
  auto read = test::read_http(std::move(entries), problems);
  for (const Problem& problem : problems) FAIL(problem.message);
  return read;
}

Entries rule(const char* key, const char* header, const char* regexp, const char* allow_missing = "false") {
  return {{key, test::list({map(
                    {{"header", word(header)}, {"regexp", word(regexp)}, {"allow_missing", word(allow_missing)}})})}};
}

/// A response with these headers and body.
std::optional<FailureReason> judge(Entries entries, const std::vector<std::string>& headers, const std::string& body,
                                   unsigned status = 200, unsigned version = 11, bool ssl = false) {
  const auto read = options(std::move(entries));
  HttpResponse response(*read);
  CHECK(response.add_header("HTTP/1.1 200 OK\r\n"));
  for (const std::string& header : headers) CHECK(response.add_header(header + "\r\n"));
  CHECK(response.add_body(body));
  return response.why_not_valid(status, version, ssl);
}

constexpr auto kBody = FailureReason::body;
constexpr std::nullopt_t kValid = std::nullopt;

TEST_CASE("statuses that are valid: 2xx, or those that are listed") {
  for (const unsigned status : {200U, 204U, 299U}) CHECK(judge({}, {}, "", status) == kValid);
  for (const unsigned status : {0U, 199U, 300U, 404U, 500U}) CHECK(judge({}, {}, "", status) == FailureReason::status);
  const Entries two{{"valid_status_codes", words({"301", "404"})}};
  CHECK(judge(two, {}, "", 404) == kValid);
  CHECK(judge(two, {}, "", 200) == FailureReason::status);
}

TEST_CASE("versions of HTTP and TLS or not") {
  const Entries two{{"valid_http_versions", words({"HTTP/1.1", "HTTP/2.0"})}};
  CHECK(judge(two, {}, "", 200, 11) == kValid);
  CHECK(judge(two, {}, "", 200, 20) == kValid);
  CHECK(judge(two, {}, "", 200, 10) == FailureReason::bad_reply);
  CHECK(judge({{"fail_if_ssl", word("true")}}, {}, "", 200, 11, true) == kBody);
  CHECK(judge({{"fail_if_ssl", word("true")}}, {}, "", 200, 11, false) == kValid);
  CHECK(judge({{"fail_if_not_ssl", word("true")}}, {}, "", 200, 11, true) == kValid);
  CHECK(judge({{"fail_if_not_ssl", word("true")}}, {}, "", 200, 11, false) == kBody);
}

TEST_CASE("bodies: no bad expression is found, every wanted one is") {
  const Entries bad{{"fail_if_body_matches_regexp", words({"[Ee]rror", "^down$"})}};
  CHECK(judge(bad, {}, "all is well") == kValid);
  CHECK(judge(bad, {}, "an error") == kBody);
  CHECK(judge(bad, {}, "down") == kBody);
  const Entries good{{"fail_if_body_not_matches_regexp", words({"alpha", "(?s)beta.*gamma"})}};
  CHECK(judge(good, {}, "alpha beta\n gamma") == kValid);
  CHECK(judge(good, {}, "alpha beta") == kBody);
  CHECK(judge(good, {}, "") == kBody);
  // An expression that takes other engines for ever.
  CHECK(judge({{"fail_if_body_matches_regexp", words({"(a*)*b"})}}, {}, std::string(1 << 20, 'a')) == kValid);
  // Bytes that are no text.
  CHECK(judge({{"fail_if_body_matches_regexp", words({"x"})}}, {}, std::string("\xff\x00\xfex", 4)) == kBody);
}

TEST_CASE("headers: any of a name may match, missing ones are wrong unless allowed") {
  const Entries bad = rule("fail_if_header_matches", "Server", "^Bad");
  CHECK(judge(bad, {"Server: Good"}, "") == kValid);
  CHECK(judge(bad, {"sERVER:Bad/1"}, "") == kBody);
  CHECK(judge(bad, {"Server: Good", "Server: Bad"}, "") == kBody);
  CHECK(judge(bad, {}, "") == kBody);
  CHECK(judge(rule("fail_if_header_matches", "Server", "^Bad", "true"), {}, "") == kValid);
  const Entries good = rule("fail_if_header_not_matches", "X-Cache", "^HIT$");
  CHECK(judge(good, {"X-Cache: HIT"}, "") == kValid);
  CHECK(judge(good, {"X-Cache: MISS", "X-Cache: HIT"}, "") == kValid);
  CHECK(judge(good, {"X-Cache: MISS"}, "") == kBody);
  CHECK(judge(good, {"X-Cached: HIT"}, "") == kBody);
  CHECK(judge(rule("fail_if_header_not_matches", "X-Cache", "^HIT$", "true"), {"X: HIT"}, "") == kValid);
  // Folded over two lines.
  CHECK(judge(rule("fail_if_header_not_matches", "A", "^one two$"), {"A: one", "  two"}, "") == kValid);
}

TEST_CASE("the first of the things that are wrong is told") {
  const Entries all{{"valid_http_versions", words({"HTTP/2.0"})}, {"fail_if_body_matches_regexp", words({"x"})}};
  CHECK(judge(all, {}, "x", 404, 11) == FailureReason::bad_reply);
  CHECK(judge(all, {}, "x", 404, 20) == FailureReason::status);
  CHECK(judge(all, {}, "x", 200, 20) == kBody);
}

TEST_CASE("only the last response counts, and all headers together are bounded") {
  const auto read = options(rule("fail_if_header_matches", "Location", ".", "true"));
  HttpResponse response(*read);
  CHECK(response.add_header("HTTP/1.1 301 Moved\r\n"));
  CHECK(response.add_header("Location: /there\r\n"));
  CHECK(response.why_not_valid(200, 11, false) == kBody);
  CHECK(response.add_header("HTTP/1.1 200 OK\r\n"));
  CHECK(response.why_not_valid(200, 11, false) == kValid);
  const std::string line = "X: " + std::string(1021, 'x');
  std::size_t lines = 0;
  while (lines < 1000 && response.add_header(line)) {
    ++lines;
    CHECK(response.add_header("HTTP/1.1 200 OK\r\n"));
  }
  CHECK(lines < HttpResponse::kMostHeader / line.size());
  CHECK(lines > HttpResponse::kMostHeader / line.size() - 8);
}

TEST_CASE("a body is bounded, and kept only if somebody looks at it") {
  const auto bounded = options({{"body_size_limit", word("10")}});
  HttpResponse response(*bounded);
  CHECK(response.add_body("0123456789"));
  CHECK(response.kept() == 0);
  CHECK_FALSE(response.add_body("0"));
  const auto searched = options({{"body_size_limit", word("10")}, {"fail_if_body_matches_regexp", words({"9"})}});
  HttpResponse kept(*searched);
  CHECK(kept.add_body("01234"));
  CHECK(kept.add_body("56789"));
  CHECK(kept.kept() == 10);
  CHECK_FALSE(kept.add_body("0"));
  CHECK(kept.kept() == 10);
}

TEST_CASE("a deadline is void if it fell into a standstill of ours") {
  const Instant start{100s};
  HttpStall stall;
  stall.start(start);
  CHECK_FALSE(stall.covers(start));
  stall.beat(start + 500ms);
  CHECK_FALSE(stall.covers(start + 200ms));
  stall.beat(start + 600ms);
  stall.beat(start + 2600ms);
  CHECK_FALSE(stall.covers(start + 599ms));
  CHECK(stall.covers(start + 600ms));
  CHECK(stall.covers(start + 2600ms));
  CHECK(stall.covers(start + 4600ms));
  CHECK_FALSE(stall.covers(start + 4601ms));
  // After a time without exchanges nobody has looked, and nobody had to.
  stall.start(start + 100s);
  stall.beat(start + 100s + 100ms);
  CHECK_FALSE(stall.covers(start + 99s));
}

}  // namespace
}  // namespace blipd
