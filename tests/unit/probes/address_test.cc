#include "probes/address.h"

#include <string>

#include "tests/support/catch.h"

namespace blipd {
namespace {

Address address(const char* text) {
  const std::optional<Address> parsed = Address::parse(text);
  REQUIRE(parsed);
  return *parsed;
}

TEST_CASE("addresses that are read, and how they are written") {
  const struct {
    const char* text;
    const char* canonical;
  } rows[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"127.0.0.1", "127.0.0.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"1::", "1::"},
      {"2001:DB8::7", "2001:db8::7"},
      {"2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8::7"},
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
      {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
      {"1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"},
      {"::ffff:192.0.2.1", "192.0.2.1"},
      {"::192.0.2.1", "::c000:201"},
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const std::optional<Address> parsed = Address::parse(row.text);
    REQUIRE(parsed);
    CHECK(parsed->to_string() == row.canonical);
    CHECK(Address::parse(parsed->to_string()) == parsed);
  }
}

TEST_CASE("texts that are no address") {
  for (const char* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "010.0.0.1",
                           "1.2.3.04",
                           "00.0.0.0",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1.2.3.-4",
                           "1.2.3.+4",
                           "1..2.3",
                           "1.2.3.",
                           ".1.2.3",
                           "1.2.3.4:80",
                           "1.2.3.4/32",
                           "0x7f.0.0.1",
                           "99999999999.1.1.1",
                           ":",
                           ":::",
                           "1:2",
                           "1::2::3",
                           "fe80::1%eth0",
                           "[::1]",
                           "::1/128",
                           "12345::",
                           "g::",
                           "1:2:3:4:5:6:7:8:9",
                           "::ffff:192.0.2.256",
                           "::1 ",
                           "example.org",
                           "2001:0db8:0000:0000:0000:0000:0000:0007:0000:0000:0000:0000"}) {
    CAPTURE(text);
    CHECK_FALSE(Address::parse(text));
  }
  CHECK_FALSE(Address::parse(std::string_view("::1\0", 4)));
  CHECK_FALSE(Address::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST_CASE("IPv4 addresses are held mapped and sort by number") {
  CHECK(Address::v4(0x7f000001).to_string() == "127.0.0.1");
  CHECK(address("127.0.0.1").v4_value() == 0x7f000001);
  CHECK(address("127.0.0.1").is_v4());
  CHECK_FALSE(address("::1").is_v4());
  CHECK_FALSE(address("::fffe:7f00:1").is_v4());
  CHECK(address("9.255.255.255") < address("10.0.0.0"));
  CHECK(address("10.0.0.0") < address("200.0.0.0"));
  CHECK(address("255.255.255.255") < address("2001:db8::"));
}

TEST_CASE("steps carry through all bytes") {
  CHECK(address("192.0.2.255").plus(1) == address("192.0.3.0"));
  CHECK(address("10.0.0.0").plus(0x00ffffff) == address("10.255.255.255"));
  CHECK(address("2001:db8::ffff:ffff:ffff:ffff").plus(1) == address("2001:db8:0:1::"));
  CHECK(address("::ffff:ffff:ffff:ffff").plus(0xffffffffffffffff) == address("::1:ffff:ffff:ffff:fffe"));
  CHECK(address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff").plus(1) == address("::"));
  CHECK(address("192.0.2.7").plus(0) == address("192.0.2.7"));
}

TEST_CASE("prefixes that are read, and how they are written") {
  const struct {
    const char* text;
    unsigned length;
    unsigned host_bits;
  } rows[] = {
      {"0.0.0.0/0", 0, 32}, {"10.0.0.0/8", 8, 24},     {"192.0.2.128/25", 25, 7}, {"192.0.2.1/32", 32, 0},
      {"::/0", 0, 128},     {"2001:db8::/32", 32, 96}, {"::1/128", 128, 0},       {"fe80::/10", 10, 118},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const std::optional<Prefix> prefix = Prefix::parse(row.text);
    REQUIRE(prefix);
    CHECK(prefix->length() == row.length);
    CHECK(prefix->host_bits() == row.host_bits);
    CHECK(prefix->to_string() == row.text);
    CHECK(prefix->contains(prefix->first()));
  }
}

TEST_CASE("texts that are no prefix") {
  for (const char* text : {"", "/", "192.0.2.0", "192.0.2.0/", "/24", "192.0.2.1/24", "192.0.2.0/33", "2001:db8::1/64",
                           "2001:db8::/129", "192.0.2.0/024", "192.0.2.0/ 24", "192.0.2.0/24 ", "192.0.2.0/-1",
                           "192.0.2.0/24/8", "::ffff:192.0.2.0/120", "192.0.2.0/4294967320"}) {
    CAPTURE(text);
    CHECK_FALSE(Prefix::parse(text));
  }
}

TEST_CASE("a prefix holds its addresses and no other family's") {
  const Prefix v4 = *Prefix::parse("192.0.2.64/26");
  CHECK(v4.contains(address("192.0.2.64")));
  CHECK(v4.contains(address("192.0.2.127")));
  CHECK_FALSE(v4.contains(address("192.0.2.128")));
  CHECK_FALSE(v4.contains(address("192.0.2.63")));
  CHECK(Prefix::parse("0.0.0.0/0")->contains(address("203.0.113.1")));
  CHECK_FALSE(Prefix::parse("0.0.0.0/0")->contains(address("::1")));
  CHECK_FALSE(Prefix::parse("::/0")->contains(address("203.0.113.1")));
  CHECK(Prefix::around(address("203.0.113.77"), 24).to_string() == "203.0.113.0/24");
  CHECK(Prefix::around(address("2001:db8:1:2::3"), 48).to_string() == "2001:db8:1::/48");
  CHECK(Prefix::around(address("2001:db8:1:2::3"), 47).to_string() == "2001:db8::/47");
}

}  // namespace
}  // namespace blipd
