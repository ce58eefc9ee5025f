#include "daemon/schedule/round.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(1h);

}  // namespace

TEST_CASE("each target once in each round, in its own half, 0.5 to 1.5 rounds apart") {
  const std::uint32_t targets = GENERATE(1U, 2U, 3U, 4U, 5U, 16U, 255U, 256U, 1000U);
  constexpr Duration kLength = 10s;
  Round round(targets, kLength, kStart, 99);
  std::map<std::uint32_t, Instant> last;
  Instant before = kStart;
  for (int r = 0; r < 20; ++r) {
    std::set<std::uint32_t> seen;
    for (std::uint32_t i = 0; i < targets; ++i) {
      const Round::Probe probe = round.next();
      REQUIRE(probe.ordinal < targets);
      REQUIRE(seen.insert(probe.ordinal).second);
      REQUIRE(probe.due >= before);
      const Instant half = kStart + r * kLength + (probe.ordinal % 2 == 1 ? kLength / 2 : 0s);
      REQUIRE(probe.due >= half);
      REQUIRE(probe.due < half + kLength / 2);
      if (last.contains(probe.ordinal)) {
        REQUIRE(probe.due - last[probe.ordinal] > kLength / 2);
        REQUIRE(probe.due - last[probe.ordinal] < kLength * 3 / 2);
      }
      last[probe.ordinal] = probe.due;
      before = probe.due;
      round.advance();
    }
    REQUIRE(round.ended() == static_cast<std::uint64_t>(r) + 1);
  }
}

TEST_CASE("a target's moment inside its half is spread evenly over many rounds") {
  Round round(40, 1s, kStart, 5);
  std::vector<int> tenths(10);
  for (int i = 0; i < 40 * 2000; ++i) {
    const Round::Probe probe = round.next();
    if (probe.ordinal == 6) ++tenths[static_cast<std::size_t>((probe.due - kStart) % 500ms / 50ms)];
    round.advance();
  }
  for (const int count : tenths) {
    CHECK(count > 130);
    CHECK(count < 270);
  }
}

TEST_CASE("the probes to one prefix are spread: never closer than a third of their mean distance") {
  // 1000 targets, of which a run of 64 are one /24: 32 in each half.
  Round round(1000, 1000s, kStart, 3);
  std::vector<Instant> times;
  for (int i = 0; i < 500; ++i) {
    if (round.next().ordinal >= 200 && round.next().ordinal < 264) times.push_back(round.next().due);
    round.advance();
  }
  REQUIRE(times.size() == 32);
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] > 500s / 32 / 3);
}

TEST_CASE("skipping counts exactly what walking counts and ends at the same place") {
  const std::uint32_t targets = GENERATE(1U, 2U, 7U, 100U);
  const Duration jump = GENERATE(as<Duration>{}, 1ns, 100ms, 999ms, 5s, 3600s);
  Round walked(targets, 1s, kStart, 11);
  Round skipped(targets, 1s, kStart, 11);
  std::uint64_t steps = 0;
  while (walked.next().due < kStart + jump) {
    walked.advance();
    ++steps;
  }
  CHECK(skipped.skip_before(kStart + jump) == steps);
  CHECK(skipped.next().due == walked.next().due);
  CHECK(skipped.next().ordinal == walked.next().ordinal);
  CHECK(skipped.ended() == walked.ended());
}

TEST_CASE("five million targets fit into a round of an hour") {
  Round round(5000000, 1h, kStart, 1);
  for (int i = 0; i < 2500000; ++i) round.advance();
  CHECK(round.next().due >= kStart + 30min);
  CHECK(round.next().due < kStart + 30min + 2ms);
}
