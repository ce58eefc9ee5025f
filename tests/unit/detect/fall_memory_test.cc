#include "daemon/detect/fall_memory.h"

#include <initializer_list>

#include "tests/support/catch.h"
#include "tests/unit/detect/scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

FallMemory after(std::initializer_list<int> at_minutes) {
  FallMemory memory;
  for (const int at : at_minutes) memory.fall(kStart + at * 1min);
  return memory;
}

}  // namespace

TEST_CASE("three falls twenty minutes apart are flapping, two are not") {
  FallMemory memory;
  memory.fall(kStart);
  CHECK_FALSE(memory.flapping(kStart));
  memory.fall(kStart + 20min);  // 2^(-1/3) + 1 = 1.79
  CHECK_FALSE(memory.flapping(kStart + 20min));
  memory.fall(kStart + 40min);  // 1.79 x 2^(-1/3) + 1 = 2.42
  CHECK(memory.flapping(kStart + 40min));
  CHECK(memory.first() == kStart);
  CHECK(memory.falls() == 3);
  // 2.42 halves in an hour: 2 after 16.6 min, 0.75 after 101.6 min.
  CHECK(memory.flapping(kStart + 56min));
  CHECK_FALSE(memory.flapping(kStart + 57min));
  CHECK_FALSE(memory.ceased(kStart + 141min));
  CHECK(memory.ceased(kStart + 142min));
}

TEST_CASE("how many falls make a beat; those an hour apart and more are each by itself") {
  struct Row {
    int minutes;
    int falls;  ///< 0: never
  };
  const Row row =
      GENERATE(Row{3, 3}, Row{10, 3}, Row{20, 3}, Row{25, 3}, Row{41, 3}, Row{50, 4}, Row{55, 5}, Row{60, 0});
  FallMemory memory;
  int needed = 0;
  for (int i = 0; i < 40 && needed == 0; ++i) {
    const Instant at = kStart + i * row.minutes * 1min;
    memory.fall(at);
    if (memory.flapping(at)) needed = i + 1;
  }
  CAPTURE(row.minutes);
  CHECK(needed == row.falls);
}

TEST_CASE("many falls are forgotten as soon as a few: the penalty has a maximum") {
  FallMemory memory;
  for (int i = 0; i < 100; ++i) memory.fall(kStart + i * 3min);
  const Instant last = kStart + 99 * 3min;
  CHECK_FALSE(memory.ceased(last + 119min));
  CHECK(memory.ceased(last + 121min));
  CHECK(memory.falls() == 100);
  // Of the oldest of the sixteen that are kept.
  CHECK(memory.first() == kStart + 84 * 3min);
}

TEST_CASE("falls that are taken back were none") {
  FallMemory memory;
  for (int i = 0; i < 4; ++i) memory.fall(kStart + i * 20min);
  REQUIRE(memory.flapping(kStart + 60min));
  memory.take_back(kStart + 35min);
  CHECK(memory.falls() == 2);
  CHECK(memory.first() == kStart);
  CHECK_FALSE(memory.flapping(kStart + 60min));
  memory.take_back(kStart);
  CHECK(memory.falls() == 0);
}

TEST_CASE("a fall within two minutes of the one before is part of it") {
  FallMemory memory;
  for (int i = 0; i < 10; ++i) memory.fall(kStart + i * 10s);
  CHECK(memory.falls() == 1);
  CHECK_FALSE(memory.flapping(kStart + 90s));
  memory.fall(kStart + 2min);
  CHECK(memory.falls() == 2);
}

TEST_CASE("when they have ceased the next fall is the first") {
  FallMemory memory = after({0, 10, 20});
  REQUIRE(memory.flapping(kStart + 20min));
  memory.fall(kStart + 5h);
  CHECK(memory.falls() == 1);
  CHECK(memory.first() == kStart + 5h);
  CHECK_FALSE(memory.flapping(kStart + 5h));
  memory.clear();
  CHECK(memory.falls() == 0);
  CHECK(memory.ceased(kStart + 5h));
}

TEST_CASE("the period is the mean distance, and a steady beat is told from an irregular one") {
  CHECK_FALSE(after({0}).period());
  CHECK(after({0, 20}).period() == 20min);
  CHECK(after({0, 18, 41, 60}).period() == 20min);
  CHECK(after({0, 18, 41, 60}).steady());
  CHECK_FALSE(after({0, 20, 40}).steady());  // two distances may be alike by chance
  CHECK_FALSE(after({0, 3, 6, 50, 53, 57}).steady());
}

TEST_CASE("falls that have been told count for the next, and are none of them") {
  FallMemory memory = after({0, 20, 40, 60});
  memory.lasted(80s);
  memory.tell();
  CHECK(memory.falls() == 0);
  memory.fall(kStart + 80min);
  CHECK(memory.flapping(kStart + 80min));
  CHECK(memory.falls() == 1);
  CHECK(memory.first() == kStart + 80min);
  CHECK(memory.longest() == 80s);
  memory.fall(kStart + 100min);
  CHECK(memory.falls() == 2);
  CHECK(memory.first() == kStart + 80min);
  SECTION("what is taken back is none of either") {
    memory.take_back(kStart + 90min);
    CHECK(memory.falls() == 1);
    CHECK(memory.first() == kStart + 80min);
    memory.take_back(kStart + 50min);
    CHECK(memory.falls() == 0);
  }
  SECTION("a fall hours later has nothing to do with them") {
    memory.fall(kStart + 400min);
    CHECK(memory.falls() == 1);
    CHECK(memory.longest() == 0s);
    CHECK_FALSE(memory.flapping(kStart + 400min));
  }
}
