// What many names do to the table, and what a reload does.

#include <algorithm>
#include <deque>
#include <set>

#include "daemon/names/name_table.h"
#include "tests/unit/names/table_driver.h"

namespace blipd {
namespace {

using namespace test;

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> names;
  names.reserve(count);
  for (std::size_t i = 0; i < count; ++i) names.push_back("h" + std::to_string(i) + ".example");
  return names;
}

std::optional<Address> v4_of(const NameTable& table, const std::string& name) {
  for (const ResolvedName& resolved : table.resolved()) {
    if (resolved.name == name) return resolved.v4;
  }
  return std::nullopt;
}

TEST_CASE("no names: nothing is due") {
  TableDriver driver(numbered(0));
  CHECK_FALSE(driver.table.next_due());
  CHECK(driver.table.take_due(driver.now).empty());
  CHECK(driver.table.resolved().empty());
}

TEST_CASE("a reload keeps what is known of the names that stay and asks the new ones") {
  TableDriver driver({"b.example", "a.example", "b.example"});
  CHECK(driver.table.size() == 2);
  driver.dns[Family::v4] = found({"192.0.2.1"}, 100s);
  driver.run_for(1s);
  CHECK(driver.table.take_changed());
  driver.asked.clear();
  driver.dns[Family::v4] = found({"192.0.2.2"}, 100s);
  driver.table.set_names({"c.example", "a.example", "0.example"}, driver.now);
  CHECK_FALSE(driver.table.take_changed());
  CHECK(v4_of(driver.table, "a.example") == address("192.0.2.1"));
  driver.run_for(1s);
  std::set<std::string> asked;
  for (const auto& a : driver.asked) asked.insert(a.lookup.name);
  CHECK(asked == std::set<std::string>{"0.example", "c.example"});
  CHECK(v4_of(driver.table, "a.example") == address("192.0.2.1"));
  CHECK(v4_of(driver.table, "c.example") == address("192.0.2.2"));
  CHECK(driver.table.resolved().size() == 3);
  driver.run_for(98s);
  CHECK(v4_of(driver.table, "a.example") == address("192.0.2.2"));
}

TEST_CASE("answers to names that went are ignored, and their lookups make room") {
  NameRules rules;
  rules.in_flight = 4;
  TableDriver driver({"a.example", "b.example"}, rules);
  const std::vector<Lookup> first = driver.table.take_due(driver.now);
  REQUIRE(first.size() == 4);
  driver.table.set_names({"b.example", "c.example"}, driver.now);
  CHECK(driver.table.take_due(driver.now).empty());
  CHECK_FALSE(driver.table.next_due());
  for (const Lookup& lookup : first) {
    driver.table.end(lookup, lookup.family == Family::v4 ? found({"192.0.2.1"}) : negative(), driver.now);
  }
  CHECK(driver.table.in_flight() == 0);
  CHECK(v4_of(driver.table, "b.example") == address("192.0.2.1"));
  CHECK(driver.table.failures() == 0);
  const std::vector<Lookup> next = driver.table.take_due(driver.now);
  REQUIRE(next.size() == 2);
  CHECK(next[0].name == "c.example");
  CHECK(next[1].name == "c.example");
}

TEST_CASE("of a name that went and came back the first answer counts, once") {
  TableDriver driver;
  const std::vector<Lookup> old = driver.table.take_due(driver.now);
  driver.table.set_names({}, driver.now);
  driver.table.set_names({"a.example"}, driver.now);
  const std::vector<Lookup> again = driver.table.take_due(driver.now);
  REQUIRE(old.size() == 2);
  REQUIRE(again.size() == 2);
  for (const Lookup& lookup : old) driver.table.end(lookup, failure(), driver.now);
  for (const Lookup& lookup : again) driver.table.end(lookup, failure(), driver.now);
  CHECK(driver.table.in_flight() == 0);
  CHECK(driver.table.failures() == 1);
  // One wait for each family, not two.
  CHECK(driver.table.take_due(driver.now + 5s).size() == 2);
}

TEST_CASE("a name is judged when both its families have ended") {
  TableDriver driver;
  const std::vector<Lookup> both = driver.table.take_due(driver.now);
  REQUIRE(both.size() == 2);
  driver.table.end(both[0], negative(), driver.now);
  CHECK(driver.table.failures() == 0);
  driver.table.end(both[1], found({"2001:db8::1"}), driver.now + 2s);
  CHECK(driver.table.failures() == 0);
}

TEST_CASE("a family not yet asked may still have an address") {
  NameRules rules;
  rules.in_flight = 1;
  TableDriver driver({"a.example"}, rules);
  driver.dns[Family::v6] = found({"2001:db8::1"});
  driver.run_for(1s);
  CHECK(driver.v6());
  CHECK(driver.table.failures() == 0);
}

TEST_CASE("at most a hundred lookups are in flight") {
  TableDriver driver(numbered(5000));
  std::size_t most = 0;
  for (int i = 0; i < 1000; ++i) {
    driver.now += 10ms;
    driver.table.take_due(driver.now);
    most = std::max(most, driver.table.in_flight());
  }
  CHECK(most == 100);
  CHECK_FALSE(driver.table.next_due());
}

TEST_CASE("a hundred thousand names are asked a thousand a second, also when all are due together again") {
  TableDriver driver(numbered(100'000));
  driver.dns[Family::v4] = found({"192.0.2.1"}, 50s);
  driver.dns[Family::v6] = found({"2001:db8::1"}, 50s);
  const auto check_pace = [&](Duration span) {
    driver.asked.clear();
    driver.run_for(span);
    std::deque<Duration> window;
    std::size_t most = 0;
    for (const auto& a : driver.asked) {
      window.push_back(a.at);
      while (window.front() <= a.at - 1s) window.pop_front();
      most = std::max(most, window.size());
    }
    CHECK(most <= 2050);
    return driver.asked.size();
  };
  const std::size_t asked = check_pace(100s);
  CHECK(asked >= 199'900);
  CHECK(asked <= 200'100);
  CHECK(driver.table.failures() == 0);
  driver.now += 1h;
  CHECK(check_pace(10s) >= 19'900);
}

TEST_CASE("waking at next_due finds something to do") {
  TableDriver driver(numbered(300));
  for (int i = 0; i < 400; ++i) {
    const std::optional<Instant> due = driver.table.next_due();
    REQUIRE(due);
    driver.now = std::max(driver.now, *due);
    const std::vector<Lookup> lookups = driver.table.take_due(driver.now);
    REQUIRE_FALSE(lookups.empty());
    for (const Lookup& lookup : lookups) driver.table.end(lookup, found({"192.0.2.1", "2001:db8::1"}), driver.now);
  }
}

}  // namespace
}  // namespace blipd
