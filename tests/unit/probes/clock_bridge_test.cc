#include "probes/clock_bridge.h"

#include <chrono>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

constexpr Duration kEpoch = 1'700'000'000s;

Instant boot(Duration t) { return Instant(t); }

/// Both clocks at boot time `t` when the wall is `step` ahead of where it was.
ClockBridge::Reading reading(Duration t, Duration step = 0s, Duration width = 200ns) {
  return {boot(t - width / 2), t + kEpoch + step, boot(t + width / 2)};
}

TEST_CASE("without a reading nothing is converted") { CHECK_FALSE(ClockBridge().convert(kEpoch)); }

TEST_CASE("a stamp becomes the instant at which it was taken") {
  ClockBridge bridge;
  bridge.update(reading(100s));
  CHECK(bridge.convert(kEpoch + 99s + 500ms) == boot(99s + 500ms));
  CHECK(bridge.convert(kEpoch + 100s) == boot(100s));
  CHECK(bridge.steps() == 0);
}

TEST_CASE("stamps from the future and stamps older than a day are refused") {
  ClockBridge bridge;
  bridge.update(reading(100s + 24h));
  CHECK_FALSE(bridge.convert(kEpoch + 24h + 100s + 1us));
  CHECK_FALSE(bridge.convert(kEpoch + 24h + 101s));
  CHECK(bridge.convert(kEpoch + 101s));
  CHECK_FALSE(bridge.convert(kEpoch + 99s + 999ms));
  CHECK_FALSE(bridge.convert(0s));
}

TEST_CASE("answers that waited for an hour in the queue of a stopped process keep their times, over a step too") {
  const Duration step = GENERATE(Duration(0s), Duration(1h), Duration(-1h), Duration(2h));
  ClockBridge bridge;
  bridge.update(reading(100s));
  bridge.update(reading(100s + 1h, step));
  CHECK(bridge.convert(kEpoch + 101s) == boot(101s));
  CHECK(bridge.convert(kEpoch + 1h + 99s + step) == boot(1h + 99s));
}

TEST_CASE("no converted stamp is later than the last reading") {
  ClockBridge bridge;
  bridge.update(reading(100s, 0s, 400ns));
  const std::optional<Instant> converted = bridge.convert(kEpoch + 100s + 500ns);
  REQUIRE(converted);
  CHECK(*converted == boot(100s + 200ns));
}

TEST_CASE("steps of the wall clock, either way: queued stamps of both sides come out right") {
  const Duration step = GENERATE(Duration(1h), Duration(-1h), Duration(30s), Duration(-30s), Duration(2s));
  CAPTURE(step.count());
  ClockBridge bridge;
  bridge.update(reading(100s));
  bridge.update(reading(100s + 100ms, step));
  CHECK(bridge.steps() == 1);
  CHECK(bridge.convert(kEpoch + 100s + 40ms) == boot(100s + 40ms));
  CHECK(bridge.convert(kEpoch + 100s + 60ms + step) == boot(100s + 60ms));
  bridge.update(reading(105s, step));
  CHECK(bridge.steps() == 1);
  CHECK(bridge.convert(kEpoch + 104s + step) == boot(104s));
}

TEST_CASE("after a step, the old offset is good for stamps from before it alone") {
  ClockBridge bridge;
  bridge.update(reading(100s));
  bridge.update(reading(101s, 1h));
  bridge.update(reading(120s, 1h));
  CHECK_FALSE(bridge.convert(kEpoch + 119s));
  CHECK(bridge.convert(kEpoch + 100s) == boot(100s));
  CHECK(bridge.convert(kEpoch + 119s + 1h) == boot(119s));
}

TEST_CASE("a step there and back again counts twice") {
  ClockBridge bridge;
  bridge.update(reading(100s));
  bridge.update(reading(101s, 1h));
  bridge.update(reading(102s));
  CHECK(bridge.steps() == 2);
  CHECK(bridge.convert(kEpoch + 101s + 900ms) == boot(101s + 900ms));
  CHECK(bridge.convert(kEpoch + 101s + 500ms + 1h) == boot(101s + 500ms));
}

TEST_CASE("a move of less than a millisecond is no step and is followed") {
  ClockBridge bridge;
  bridge.update(reading(100s));
  bridge.update(reading(101s, 900us));
  CHECK(bridge.steps() == 0);
  CHECK(bridge.convert(kEpoch + 101s + 900us) == boot(101s));
}

TEST_CASE("a blurred reading neither steps nor replaces a sharp one") {
  ClockBridge bridge;
  bridge.update(reading(100s, 0s, 100ns));
  ClockBridge::Reading interrupted = reading(101s, 0s, 8ms);
  interrupted.wall += 3ms;
  bridge.update(interrupted);
  CHECK(bridge.steps() == 0);
  CHECK(bridge.convert(kEpoch + 101s) == boot(101s));
}

TEST_CASE("the real clocks agree with themselves") {
  ClockBridge bridge;
  bridge.update(ClockBridge::read());
  const ClockBridge::Reading later = ClockBridge::read();
  bridge.update(later);
  CHECK(bridge.steps() == 0);
  CHECK(later.before <= later.after);
}

}  // namespace
}  // namespace blipd
