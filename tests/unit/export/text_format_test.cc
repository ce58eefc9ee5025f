#include "daemon/export/text_format.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "daemon/export/utf8.h"
#include "tests/support/catch.h"

namespace blipd {

TEST_CASE("label values are escaped as the text format wants") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"plain", R"(x="plain")"},           {"", R"(x="")"},
      {"say \"hi\"", R"(x="say \"hi\"")"}, {"back\\slash", R"(x="back\\slash")"},
      {"two\nlines", R"(x="two\nlines")"}, {"tab\tstays", "x=\"tab\tstays\""},
      {"\xc3\xa9", "x=\"\xc3\xa9\""},      {"bad\xff", "x=\"bad\xef\xbf\xbd\""},
  };
  for (const auto& [value, expected] : cases) CHECK(label_text("x", value) == expected);
}

TEST_CASE("label names") {
  for (const auto* good : {"a", "_a", "A9_b"}) CHECK(is_label_name(good));
  for (const auto* bad : {"", "9a", "__a", "a-b", "a b", "a\"", "\xc3\xa9"}) CHECK_FALSE(is_label_name(bad));
}

TEST_CASE("numbers are the shortest that read back") {
  const std::vector<std::pair<double, std::string>> cases{
      {0.0, "0"},
      {1.0, "1"},
      {0.1, "0.1"},
      {50e-6, "5e-05"},
      {100e-6, "0.0001"},
      {-0.25, "-0.25"},
      {1.0 / 3, "0.3333333333333333"},
      {26.2144, "26.2144"},
      {1e300, "1e+300"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {std::numeric_limits<double>::infinity(), "+Inf"},
      {-std::numeric_limits<double>::infinity(), "-Inf"},
  };
  for (const auto& [value, expected] : cases) CHECK(number_text(value) == expected);
}

TEST_CASE("samples and families") {
  std::string out;
  TextFormat text(out);
  text.family({"x_total", MetricKind::counter, "Help."});
  text.sample("x_total", R"(a="1")", {}, std::numeric_limits<std::uint64_t>::max());
  text.sample("x_total", R"(a="1")", R"(b="2")", 0.5);
  CHECK(out ==
        "# HELP x_total Help.\n# TYPE x_total counter\n"
        "x_total{a=\"1\"} 18446744073709551615\nx_total{a=\"1\",b=\"2\"} 0.5\n");
}

TEST_CASE("ill-formed UTF-8 is replaced byte by byte, well-formed text is kept") {
  const std::string bad = "\xef\xbf\xbd";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"ascii", "ascii"},
      {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"},
      {"\x80", bad},
      {"\xc3", bad},                                // cut short
      {"\xc0\xaf", bad + bad},                      // overlong
      {"\xe0\x9f\xbf", bad + bad + bad},            // overlong
      {"\xed\xa0\x80", bad + bad + bad},            // surrogate
      {"\xf4\x90\x80\x80", bad + bad + bad + bad},  // above U+10FFFF
      {"\xe2\x82"
       "a",
       bad + bad + "a"},
  };
  for (const auto& [text, expected] : cases) CHECK(valid_utf8(text) == expected);
}

}  // namespace blipd
