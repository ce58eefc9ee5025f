#include "daemon/store/availability.h"

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(1h);

/// A probe a second; of each ten the first `lost` fail.
Availability after(Duration length, int lost) {
  Availability availability;
  for (int i = 0; i <= length / 1s; ++i) availability.add(kStart + i * 1s, i % 10 >= lost);
  return availability;
}

}  // namespace

TEST_CASE("a loss of 30 % is unavailable by the newer rule and available by the older") {
  const AvailabilityCounts counts = after(10min, 3).counts();
  CHECK(counts[0].intervals == 10);
  CHECK(counts[0].unavailable == 10);
  CHECK(counts[1].intervals == 2);
  CHECK(counts[1].unavailable == 0);
}

TEST_CASE("just the loss of the rule is available still; total loss is unavailable by both") {
  CHECK(after(10min, 2).counts()[0].unavailable == 0);
  CHECK(after(10min, 10).counts()[0].unavailable == 10);
  CHECK(after(10min, 10).counts()[1].unavailable == 2);
  CHECK(after(10min, 0).counts()[0].unavailable == 0);
}

TEST_CASE("an interval in which too little was sent is not judged, nor one that goes on") {
  Availability availability;
  for (int i = 0; i < 4; ++i) availability.add(kStart + i * 1s, false);
  for (int i = 60; i < 65; ++i) availability.add(kStart + i * 1s, false);
  CHECK(availability.counts()[0].intervals == 0);
  // Nothing was sent for an hour.
  availability.add(kStart + 1h, true);
  CHECK(availability.counts()[0].intervals == 1);
  CHECK(availability.counts()[0].unavailable == 1);
  CHECK(availability.counts()[1].intervals == 1);
  CHECK(availability.counts()[1].unavailable == 1);
}

TEST_CASE("an outcome that comes after its interval was judged changes nothing") {
  Availability availability = after(2min, 0);
  availability.add(kStart + 30s, false);
  for (int i = 1; i < 60; ++i) availability.add(kStart + 2min + i * 1s, true);
  availability.add(kStart + 3min, true);
  CHECK(availability.counts()[0].intervals == 3);
  CHECK(availability.counts()[0].unavailable == 0);
}

TEST_CASE("what another run had counted goes on, of before a boot too") {
  Availability before;
  for (int i = 0; i < 90; ++i) before.add(kStart + i * 1s, i >= 60);
  const auto held = before.contents();
  REQUIRE(held[0].count.intervals == 1);
  REQUIRE(held[0].outcomes.probes == 30);
  Availability after;
  AvailabilityContents shifted = held[0];
  // Clocks that are not aligned: the machine was started ten seconds ago.
  const Duration shift = shifted.begin - Instant(-25s);
  shifted.begin -= shift;
  after.restore(0, shifted, Instant(10s));
  CHECK(after.counts()[0].intervals == 1);
  CHECK(after.counts()[0].unavailable == 1);
  for (int i = 10; i <= 60; ++i) after.add(Instant(1s * i), true);
  CHECK(after.counts()[0].intervals == 2);
  CHECK(after.counts()[0].unavailable == 1);
}

TEST_CASE("an interval of the time to come, because a clock was set back, is left out and its counts are kept") {
  Availability availability;
  availability.restore(0, {{5, 2}, kStart + 1h, {9, 9}}, kStart);
  for (int i = 0; i <= 60; ++i) availability.add(kStart + i * 1s, true);
  CHECK(availability.counts()[0].intervals == 6);
  CHECK(availability.counts()[0].unavailable == 2);
}
