#include "daemon/config/host_list.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "daemon/config/text.h"
#include "tests/support/catch.h"

using namespace blipd;

namespace {

std::vector<std::string> texts(const std::vector<Address>& addresses) {
  std::vector<std::string> out;
  for (const Address& address : addresses) out.push_back(address.to_string());
  return out;
}

HostList list_of(const std::vector<std::string>& words) {
  HostList list;
  for (const std::string& word : words) {
    if (const auto address = Address::parse(word)) {
      list.addresses.push_back(*address);
    } else {
      list.prefixes.push_back(Prefix::parse(word).value());
    }
  }
  return list;
}

}  // namespace

TEST_CASE("a hosts file holds one address or prefix a line") {
  HostList list;
  std::vector<Problem> problems;
  read_host_list("# comment\n\n 192.0.2.1\t# spare\r\n0.0.0.1\n255.255.255.254\n2001:db8::1\n10.0.0.0/8", "h", {4, 5},
                 list, problems);
  CHECK(problems.empty());
  CHECK(texts(list.addresses) == std::vector<std::string>{"192.0.2.1", "0.0.0.1", "255.255.255.254", "2001:db8::1"});
  REQUIRE(list.prefixes.size() == 1);
  CHECK(list.prefixes[0].to_string() == "10.0.0.0/8");
}

TEST_CASE("each bad line is told with its place in the hosts file") {
  for (const std::string line : {"192.0.2.256", "192.0.2", "192.0.2.1.", "192.0.2.1.1", "1920.0.2.1", "01.0.2.1",
                                 "1..2.3", ".1.2.3", "-1.2.3.4", "1.2.3.4 5.6.7.8", "example.org", "1.2.3.4/33",
                                 "1.2.3.4/24", "::/x", "1.2.3.4/", "/", "\xff", "fe80::1%eth0"}) {
    INFO(line);
    HostList list;
    std::vector<Problem> problems;
    read_host_list("192.0.2.1\n  " + line + "\n", "dir/h.txt", {4, 5}, list, problems);
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].elsewhere == "dir/h.txt:2:3");
    CHECK(problems[0].place.line == 4);
    CHECK(list.addresses.size() == 1);
    CHECK(!find_invalid_utf8(problems[0].message));
  }
}

TEST_CASE("a hosts file of nonsense is left after 20 problems") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "x\n";
  HostList list;
  std::vector<Problem> problems;
  read_host_list(text, "h", {1, 1}, list, problems);
  CHECK(problems.size() == 20);
}

TEST_CASE("a prefix holds its first and its last address and all between") {
  CHECK(texts(expand(list_of({"192.0.2.4/30"}))) ==
        std::vector<std::string>{"192.0.2.4", "192.0.2.5", "192.0.2.6", "192.0.2.7"});
  CHECK(texts(expand(list_of({"2001:db8::fffe/127", "192.0.2.1/32", "192.0.2.1"}))) ==
        std::vector<std::string>{"192.0.2.1", "2001:db8::fffe", "2001:db8::ffff"});
  CHECK(expand(list_of({"10.0.0.0/20"})).size() == 4096);
  CHECK(last_address(*Prefix::parse("2001:db8::/33")).to_string() == "2001:db8:7fff:ffff:ffff:ffff:ffff:ffff");
  CHECK(last_address(*Prefix::parse("0.0.0.0/0")).to_string() == "255.255.255.255");
  CHECK(count_addresses(*Prefix::parse("2001:db8::/64")) == std::numeric_limits<std::uint64_t>::max());
  CHECK(count_addresses(*Prefix::parse("2001:db8::/65")) == std::uint64_t{1} << 63U);
}

TEST_CASE("ranges are sorted, merged where they overlap, and cut out exactly") {
  const auto ranges = to_ranges(list_of({"192.0.2.128/25", "192.0.2.3", "192.0.2.0/24", "192.0.2.255", "10.0.0.1"}));
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[0].first.to_string() == "10.0.0.1");
  CHECK(ranges[1].last.to_string() == "192.0.2.255");
  CHECK(contains(ranges, *Address::parse("192.0.2.0")));
  CHECK(contains(ranges, *Address::parse("192.0.2.255")));
  CHECK(!contains(ranges, *Address::parse("192.0.1.255")));
  CHECK(!contains(ranges, *Address::parse("192.0.3.0")));
  CHECK(!contains(ranges, *Address::parse("10.0.0.0")));
  CHECK(!contains({}, *Address::parse("10.0.0.0")));

  auto hosts = expand(list_of({"10.0.0.0/30", "192.0.2.7", "192.0.3.0", "2001:db8::1"}));
  remove_ranges(hosts, ranges);
  CHECK(texts(hosts) == std::vector<std::string>{"10.0.0.0", "10.0.0.2", "10.0.0.3", "192.0.3.0", "2001:db8::1"});
  remove_ranges(hosts, to_ranges(list_of({"0.0.0.0/0"})));
  CHECK(texts(hosts) == std::vector<std::string>{"2001:db8::1"});
  remove_ranges(hosts, to_ranges(list_of({"::/0"})));
  CHECK(hosts.empty());
}

TEST_CASE("addresses that no host has are found") {
  CHECK(find_unprobeable(expand(list_of({"192.0.2.1", "223.255.255.255", "240.0.0.1", "2001:db8::1"}))).empty());
  CHECK(find_unprobeable(expand(list_of({"239.255.255.255"}))) == "239.255.255.255 is a multicast address");
  CHECK(find_unprobeable(expand(list_of({"255.255.255.255"}))) == "255.255.255.255 is the broadcast address");
  CHECK(find_unprobeable(expand(list_of({"192.0.2.1", "ff02::1"}))) == "ff02::1 is a multicast address");
  CHECK(find_unprobeable(expand(list_of({"::"}))) == ":: is the unspecified address");
}

TEST_CASE("UTF-8 is judged as RFC 3629 does") {
  for (const std::string text : {"", "plain", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x8C\x8D", "\xF4\x8F\xBF\xBF"}) {
    CHECK(!find_invalid_utf8(text));
  }
  for (const std::string text : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                                 "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x82"}) {
    CHECK(find_invalid_utf8(text) == 0U);
    CHECK(find_invalid_utf8("ab" + text) == 2U);
  }
}

TEST_CASE("names have 1 to 128 characters and none that control") {
  CHECK(why_not_a_name("a").empty());
  CHECK(why_not_a_name("Netz \xC3\xA4 / 1").empty());
  std::string longest;
  for (int i = 0; i < 128; ++i) longest += "\xC3\xA4";
  CHECK(why_not_a_name(longest).empty());
  CHECK(!why_not_a_name(longest + "x").empty());
  for (const std::string name : {"", "a\nb", "\x7f", "\xC2\x85", "\xff"}) CHECK(!why_not_a_name(name).empty());
}

TEST_CASE("variables are expanded once, and only where they are written in full") {
  const Environment environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "A") return "x";
    if (name == "B_2") return "${A}$";
    if (name == "EMPTY") return "";
    if (name == "BYTES") return "\xff";
    return std::nullopt;
  };
  const auto expanded = [&environment](const std::string& text) {
    const Expansion result = expand_environment(text, environment);
    return result.problem.empty() ? result.text : "problem: " + result.problem;
  };
  CHECK(expanded("${A}") == "x");
  CHECK(expanded("a${A}b${A}c") == "axbxc");
  CHECK(expanded("${B_2}") == "${A}$");
  CHECK(expanded("${EMPTY}") == "");
  CHECK(expanded("$$ $${A} $A ^a$") == "$ ${A} $A ^a$");
  for (const std::string text : {"${UNSET}", "${", "${}", "${A", "${1A}", "${A-b}", "${BYTES}"}) {
    CHECK(expanded(text).starts_with("problem: "));
  }
  CHECK(!expand_environment("${A}", nullptr).problem.empty());
}
