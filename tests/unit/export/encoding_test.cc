#include <zlib.h>

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "daemon/export/accept_encoding.h"
#include "daemon/export/gzip.h"
#include "daemon/export/request_target.h"
#include "tests/support/catch.h"

namespace blipd {

namespace {

std::string gunzip(const std::string& packed, std::size_t size) {
  std::string out(size + 1, '\0');
  z_stream stream{};
  REQUIRE(inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
  std::string in = packed;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

TEST_CASE("gzip is undone by gunzip") {
  std::string long_text;
  for (int i = 0; i < 20000; ++i) long_text += "blipd_probes_sent_total{network=\"" + std::to_string(i) + "\"} 1\n";
  for (const std::string& text : {std::string(), std::string("x"), std::string("\0\xff", 2), long_text}) {
    const auto packed = gzip(text);
    REQUIRE(packed);
    CHECK(gunzip(*packed, text.size()) == text);
  }
  CHECK(gzip(long_text)->size() < long_text.size() / 5);
}

TEST_CASE("which Accept-Encoding allows gzip") {
  const std::vector<std::pair<std::string, bool>> cases{
      {"", false},
      {"gzip", true},
      {"GZip", true},
      {"x-gzip", true},
      {"deflate", false},
      {"gzip, deflate, br", true},
      {"deflate,gzip", true},
      {"br ; q=1.0 ,\tgzip ; q=0.5", true},
      {"gzip;q=0", false},
      {"gzip;q=0.000", false},
      {"gzip;Q=0", false},
      {"gzip;q=0.001", true},
      {"gzip;q=1", true},
      {"gzip;q=2", false},
      {"gzip;q=-1", false},
      {"gzip;q=", false},
      {"gzip;q=nan", false},
      {"gzip;q=x", false},
      {"gzip;level=9", true},
      {"gzip;level=9;q=0", false},
      {"*", true},
      {"*;q=0", false},
      {"*, gzip;q=0", false},
      {"gzip, *;q=0", true},
      {"identity;q=1, *;q=0", false},
      {"gzipped", false},
      {",,;;=,", false},
  };
  for (const auto& [field, expected] : cases) {
    INFO(field);
    CHECK(accepts_gzip(field) == expected);
  }
}

TEST_CASE("request targets") {
  const std::vector<std::pair<std::string, RequestTarget>> good{
      {"/", {"/", {}}},
      {"/metrics", {"/metrics", {}}},
      {"/metrics?", {"/metrics", {}}},
      {"http://127.0.0.1:12214/metrics", {"/metrics", {}}},
      {"http://host", {"/", {}}},
      {"/%6detrics", {"/metrics", {}}},
      {"/a+b", {"/a+b", {}}},
      {"/x?network=a%20b+c", {"/x", {{"network", "a b c"}}}},
      {"/x?a=1&b&&c=%3D%26=", {"/x", {{"a", "1"}, {"b", ""}, {"c", "=&="}}}},
      {"/x?a=1&a=2", {"/x", {{"a", "1"}, {"a", "2"}}}},
      {"/x?u=http://y/z", {"/x", {{"u", "http://y/z"}}}},
  };
  for (const auto& [text, expected] : good) {
    INFO(text);
    const auto target = parse_request_target(text);
    REQUIRE(target);
    CHECK(target->path == expected.path);
    CHECK(target->query == expected.query);
  }
  for (const auto* bad : {"", "*", "metrics", "host:80", "/%", "/%4", "/%zz", "/x?a=%", "/x?%f=1", "http://h?x"}) {
    INFO(bad);
    CHECK_FALSE(parse_request_target(bad));
  }
}

TEST_CASE("any bytes are read within their bounds") {
  using namespace std::string_literals;
  const std::string alphabet = "/?&=%+;,*q01.:gzip \t\xff\0"s;
  std::minstd_rand random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string text(random() % 24, '\0');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const auto target = parse_request_target(text);
    const bool rooted = !target || target->path.starts_with('/');
    CHECK(rooted);
    const bool without_letters = accepts_gzip(text) && text.find_first_of("*g") == std::string::npos;
    CHECK_FALSE(without_letters);
  }
}

}  // namespace blipd
