#include "daemon/names/name_table.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "tests/unit/names/table_driver.h"

namespace blipd {
namespace {

using namespace test;
using Seconds = std::vector<long>;

const Address kOne = address("192.0.2.1");
const Address kTwo = address("192.0.2.2");
const Address kSix = address("2001:db8::1");

TEST_CASE("a new name is asked for both families at once, and again when the TTL ends") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1"}, 30s);
  driver.dns[Family::v6] = found({"2001:db8::1"}, 40s);
  CHECK(driver.table.resolved() == std::vector<ResolvedName>{{"a.example", {}, {}}});
  CHECK(driver.table.next_due() == driver.now);
  driver.run_for(100s);
  CHECK(driver.table.resolved() == std::vector<ResolvedName>{{"a.example", kOne, kSix}});
  const auto asked = driver.asked;
  CHECK(driver.times_of(Family::v4) == Seconds{0, 30, 60, 90});
  driver.asked = asked;
  CHECK(driver.times_of(Family::v6) == Seconds{0, 40, 80});
  CHECK(driver.table.failures() == 0);
  CHECK(driver.table.in_flight() == 0);
}

TEST_CASE("a TTL counts as 5 s to 1 h, and none as a minute") {
  const auto second_time = [](std::optional<Duration> ttl) {
    TableDriver driver;
    driver.dns[Family::v4] = found({"192.0.2.1"}, ttl);
    driver.run_for(3h);
    return driver.times_of(Family::v4).at(1);
  };
  CHECK(second_time(Duration::zero()) == 5);
  CHECK(second_time(4s) == 5);
  CHECK(second_time(6s) == 6);
  CHECK(second_time(3599s) == 3599);
  CHECK(second_time(24h) == 3600);
  CHECK(second_time(std::chrono::seconds(0x7fffffff)) == 3600);
  CHECK(second_time(std::nullopt) == 60);
}

TEST_CASE("changed is said once for each address that came, changed or went") {
  TableDriver driver;
  CHECK_FALSE(driver.table.take_changed());
  driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
  driver.run_for(1s);
  CHECK(driver.table.take_changed());
  CHECK_FALSE(driver.table.take_changed());
  driver.run_for(60s);
  CHECK_FALSE(driver.table.take_changed());
  driver.dns[Family::v4] = found({"192.0.2.2"}, 10s);
  driver.run_for(10s);
  CHECK(driver.table.take_changed());
  CHECK(driver.v4() == kTwo);
}

TEST_CASE("a record that goes round does not change the host") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1", "192.0.2.2", "192.0.2.3"}, 10s);
  driver.run_for(1s);
  CHECK(driver.v4() == kOne);
  CHECK(driver.table.take_changed());
  driver.dns[Family::v4] = found({"192.0.2.2", "192.0.2.3", "192.0.2.1"}, 10s);
  driver.run_for(10s);
  driver.dns[Family::v4] = found({"192.0.2.3", "192.0.2.1", "192.0.2.2"}, 10s);
  driver.run_for(10s);
  CHECK(driver.v4() == kOne);
  CHECK_FALSE(driver.table.take_changed());
  driver.dns[Family::v4] = found({"192.0.2.3", "192.0.2.2"}, 10s);
  driver.run_for(10s);
  CHECK(driver.v4() == address("192.0.2.3"));
}

TEST_CASE("a server that dies after the first answer takes no address away, however long it stays dead") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
  driver.dns[Family::v6] = found({"2001:db8::1"}, 10s);
  driver.run_for(1s);
  CHECK(driver.table.take_changed());
  driver.dns[Family::v4] = driver.dns[Family::v6] = failure();
  driver.run_for(30 * 24h);
  CHECK(driver.v4() == kOne);
  CHECK(driver.v6() == kSix);
  CHECK_FALSE(driver.table.take_changed());
  CHECK(driver.table.failures() > 30 * 24 * 59);
  driver.dns[Family::v4] = found({"192.0.2.2"}, 10s);
  driver.run_for(61s);
  CHECK(driver.v4() == kTwo);
}

TEST_CASE("after a failure the next try comes after 5 s, doubling to a minute") {
  TableDriver driver;
  driver.dns[Family::v4] = failure();
  driver.run_for(200s);
  CHECK(driver.times_of(Family::v4) == Seconds{0, 5, 15, 35, 75, 135, 195});
  driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
  driver.run_for(60s);
  driver.times_of(Family::v4);
  driver.dns[Family::v4] = failure();
  driver.run_for(20s);
  const Seconds times = driver.times_of(Family::v4);
  REQUIRE(times.size() >= 2);
  CHECK(times[1] - times[0] == 5);
}

TEST_CASE("a negative answer ends a row of failures") {
  TableDriver driver;
  driver.dns[Family::v4] = failure();
  driver.run_for(40s);
  driver.dns.clear();
  driver.run_for(40s);
  driver.times_of(Family::v4);
  driver.dns[Family::v4] = failure();
  driver.run_for(70s);
  const Seconds times = driver.times_of(Family::v4);
  REQUIRE(times.size() >= 2);
  CHECK(times[1] - times[0] == 5);
}

TEST_CASE("an address lives through an hour of negative answers and no longer") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
  driver.run_for(9s);
  driver.dns.clear();
  CHECK(driver.table.failures() == 0);
  // Denied first at 10 s.
  driver.run_for(1s + 1h - 1s);
  CHECK(driver.v4() == kOne);
  CHECK(driver.table.failures() == 60);
  CHECK(driver.table.take_changed());
  driver.run_for(1s);
  CHECK_FALSE(driver.v4());
  CHECK(driver.table.take_changed());
  driver.dns[Family::v4] = found({"192.0.2.2"}, 10s);
  driver.run_for(60s);
  CHECK(driver.v4() == kTwo);
  driver.dns.clear();
  driver.run_for(1h);
  CHECK(driver.v4() == kTwo);
}

TEST_CASE("an address in between ends the hour of negative answers") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
  driver.run_for(9s);
  for (int i = 0; i < 3; ++i) {
    driver.dns.clear();
    driver.run_for(59min);
    CHECK(driver.v4() == kOne);
    driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
    driver.run_for(70s);
  }
  CHECK(driver.v4() == kOne);
}

/// Ends both lookups of the one name when they are next due, that of A with `v4`.
void answer_next(TableDriver& driver, const LookupAnswer& v4) {
  for (bool answered = false; !answered;) {
    driver.now = std::max(driver.now, driver.table.next_due().value());
    for (const Lookup& lookup : driver.table.take_due(driver.now)) {
      answered = answered || lookup.family == Family::v4;
      driver.table.end(lookup, lookup.family == Family::v4 ? v4 : negative(), driver.now);
    }
  }
}

TEST_CASE("the hour begins anew after an address, to the second") {
  TableDriver driver;
  answer_next(driver, found({"192.0.2.1"}, 10s));
  for (int i = 0; i < 30; ++i) answer_next(driver, negative());
  answer_next(driver, found({"192.0.2.1"}, 10s));
  // An hour has 61 of them.
  for (int i = 0; i < 60; ++i) answer_next(driver, negative());
  CHECK(driver.v4() == kOne);
  answer_next(driver, negative());
  CHECK_FALSE(driver.v4());
}

TEST_CASE("failures do not count towards the hour of negative answers") {
  TableDriver driver;
  answer_next(driver, found({"192.0.2.1"}, 10s));
  for (int i = 0; i < 500; ++i) {
    answer_next(driver, negative());
    answer_next(driver, failure());
  }
  CHECK(driver.v4() == kOne);
  // Nor do they end it: half an hour, a day of failures, half an hour.
  for (int i = 0; i <= 30; ++i) answer_next(driver, negative());
  for (int i = 0; i < 24 * 60; ++i) answer_next(driver, failure());
  for (int i = 0; i < 30; ++i) answer_next(driver, negative());
  CHECK(driver.v4() == kOne);
  answer_next(driver, negative());
  CHECK_FALSE(driver.v4());
}

TEST_CASE("a machine that slept has not been denied the address meanwhile") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
  driver.run_for(9s);
  driver.dns.clear();
  driver.run_for(2min);
  driver.now += 10h;
  driver.run_for(10min);
  CHECK(driver.v4() == kOne);
}

TEST_CASE("no record of a family is no failure while the other has one, and asked again after a minute") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1"}, 1h);
  driver.run_for(3min);
  CHECK(driver.table.failures() == 0);
  CHECK(driver.times_of(Family::v6) == Seconds{0, 60, 120, 180});
  driver.dns[Family::v6] = found({"2001:db8::1"}, 1h);
  driver.run_for(1min);
  CHECK(driver.v6() == kSix);
  CHECK(driver.v4() == kOne);
}

TEST_CASE("a name without any address is one failure each time, not one for each family") {
  TableDriver driver;
  driver.run_for(1s);
  CHECK(driver.table.failures() == 1);
  driver.run_for(60s);
  CHECK(driver.table.failures() == 2);
  CHECK_FALSE(driver.table.take_changed());
}

TEST_CASE("one family dies and the other lives on by its own TTL") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
  driver.dns[Family::v6] = failure();
  driver.run_for(30s);
  CHECK(driver.v4() == kOne);
  CHECK(driver.table.failures() == 3);
  CHECK(driver.times_of(Family::v4) == Seconds{0, 10, 20, 30});
  driver.dns[Family::v4] = found({"192.0.2.2"}, 10s);
  driver.run_for(10s);
  CHECK(driver.v4() == kTwo);
  CHECK_FALSE(driver.v6());
}

TEST_CASE("addresses that no host has are refused: a failure if there is nothing else") {
  const auto first = [](Family family, std::vector<const char*> addresses) {
    TableDriver driver;
    driver.dns[family] = found(std::move(addresses));
    driver.run_for(1s);
    CHECK(driver.table.failures() == (driver.v4() || driver.v6() ? 0U : 1U));
    return family == Family::v4 ? driver.v4() : driver.v6();
  };
  for (const char* refused : {"0.0.0.0", "224.0.0.1", "239.255.255.255", "255.255.255.255", "2001:db8::1"}) {
    CAPTURE(refused);
    CHECK_FALSE(first(Family::v4, {refused}));
    CHECK(first(Family::v4, {refused, "192.0.2.1"}) == kOne);
  }
  for (const char* refused : {"::", "ff02::1", "::ffff:192.0.2.1", "::ffff:0.0.0.0"}) {
    CAPTURE(refused);
    CHECK_FALSE(first(Family::v6, {refused}));
    CHECK(first(Family::v6, {refused, "2001:db8::1"}) == kSix);
  }
  CHECK(first(Family::v4, {"223.255.255.255"}));
  CHECK(first(Family::v4, {"240.0.0.1"}));
  CHECK(first(Family::v6, {"::2"}));
  CHECK_FALSE(first(Family::v4, {}));
}

TEST_CASE("a server that answers with our own loopback is not believed; a file of ours is") {
  for (const char* own : {"127.0.0.1", "127.255.0.9", "::1"}) {
    CAPTURE(own);
    const Family family = std::string_view(own).find(':') == std::string_view::npos ? Family::v4 : Family::v6;
    TableDriver lied_to;
    lied_to.dns[family] = found({own}, 30s);
    lied_to.run_for(1s);
    CHECK_FALSE((lied_to.v4() || lied_to.v6()));
    CHECK(lied_to.table.failures() == 1);
    TableDriver by_file;
    by_file.dns[family] = found({own}, std::nullopt);
    by_file.run_for(1s);
    CHECK((by_file.v4() || by_file.v6()));
  }
}

TEST_CASE("an answer of nothing but such addresses leaves the address in use and counts") {
  TableDriver driver;
  driver.dns[Family::v4] = found({"192.0.2.1"}, 10s);
  driver.run_for(9s);
  driver.dns[Family::v4] = found({"0.0.0.0"}, 10s);
  driver.run_for(24h);
  CHECK(driver.v4() == kOne);
  CHECK(driver.table.failures() > 1000);
}

}  // namespace
}  // namespace blipd
