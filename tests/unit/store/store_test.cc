#include "daemon/store/store.h"

#include <cmath>

#include "daemon/store/interval.h"
#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(1h);

}  // namespace

TEST_CASE("Wilson intervals agree with published values") {
  struct Row {
    std::uint64_t k, n;
    double lower, upper;
  };
  const Row row = GENERATE(Row{7, 10, .397, .892}, Row{14, 20, .481, .855}, Row{42, 60, .575, .801},
                           Row{700, 1000, .671, .728}, Row{60, 60, .940, 1}, Row{0, 20, 0, .161});
  const Interval interval = wilson(row.k, row.n);
  CHECK(interval.lower == Approx(row.lower).margin(.0005));
  CHECK(interval.upper == Approx(row.upper).margin(.0005));
  CHECK(std::isnan(wilson(0, 0).lower));
}

TEST_CASE("a window counts the last minute by send time and forgets the rest") {
  Window window(60s);
  for (int s = 0; s < 200; ++s) window.add(kStart + s * 1s, s % 4 != 0);
  const ReplyCount count = window.count(kStart + 199s);
  CHECK(count.probes == 60);
  CHECK(count.replies == 45);
  CHECK(window.count(kStart + 229s).probes == 30);
  CHECK(window.count(kStart + 400s).probes == 0);
  window.clear();
  CHECK(window.count(kStart + 199s).probes == 0);
}

TEST_CASE("a window takes outcomes that are a little out of order, and drops what is too old") {
  Window window(60s);
  window.add(kStart + 100s, true);
  window.add(kStart + 98s, false);
  window.add(kStart + 10s, false);
  CHECK(window.count(kStart + 100s).probes == 2);
  // A long silence leaves nothing of the lap before.
  window.add(kStart + 10000s, true);
  CHECK(window.count(kStart + 10000s).probes == 1);
}

TEST_CASE("RTT buckets: the bound belongs to the bucket") {
  CHECK(rtt_bucket(0ns) == 0);
  CHECK(rtt_bucket(50us) == 0);
  CHECK(rtt_bucket(50us + 1ns) == 1);
  CHECK(rtt_bucket(100us) == 1);
  CHECK(rtt_bucket(100us + 1ns) == 2);
  CHECK(rtt_bucket(26214400us) == kRttBuckets - 1);
  CHECK(rtt_bucket(26214400us + 1ns) == kRttBuckets);
  for (std::size_t i = 0; i < kRttBuckets; ++i) {
    CHECK(rtt_bucket(Duration(static_cast<Duration::rep>(std::llround(rtt_bucket_bound(i) * 1e9)))) == i);
  }
}

TEST_CASE("flights: order, expiry, holding, growth and slots") {
  FlightLane lane(3, 1s);
  std::vector<FlightSlot> slots;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    Flight* flight = lane.push({1, i}, Purpose::background);
    flight->sent = kStart + i * 1ms;
    slots.push_back(flight->slot);
  }
  for (std::uint32_t i = 0; i < 1000; ++i) {
    Flight* flight = lane.find(slots[i]);
    REQUIRE(flight != nullptr);
    REQUIRE(flight->number.place == i);
    REQUIRE(lane_of(slots[i]) == 3);
    if (i % 2 == 0) flight->state = FlightState::replied;
  }
  std::vector<std::uint32_t> suspects;
  lane.expire(kStart + 1s + 500ms, [&](const Flight& f) { suspects.push_back(f.number.place); });
  CHECK(suspects.size() == 250);
  CHECK(suspects.front() == 1);
  CHECK(lane.next_expiry() == kStart + 501ms + 1s);
  std::uint32_t booked = 0;
  lane.book(kStart + 1s + kHold + 300ms, [&](const Flight& f) { CHECK(f.number.place == booked++); });
  CHECK(booked == 300);
  lane.expire(kStart + 1h, [](const Flight&) {});
  lane.book(kStart + 1h, [&](const Flight&) { ++booked; });
  CHECK(booked == 1000);
  CHECK(lane.empty());
  CHECK(lane.find(slots[999]) != nullptr);
  CHECK(lane.find(0) == nullptr);
}

TEST_CASE("a lane refuses what it cannot tell apart and goes on when there is room") {
  FlightLane lane(1, 1s);
  constexpr std::uint32_t kMost = 1U << 23U;
  for (std::uint32_t i = 0; i < kMost; ++i) lane.push({1, i}, Purpose::background)->sent = kStart;
  CHECK(lane.push({1, 0}, Purpose::background) == nullptr);
  lane.expire(kStart + 1min, [](const Flight&) {});
  lane.book(kStart + 1min, [](const Flight&) {});
  // Sequence numbers wrap: slots stay unique among open flights.
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < 3 * kMost; ++i) {
    Flight* flight = lane.push({2, i}, Purpose::background);
    flight->sent = kStart + 2min + i * 1us;
    if (i % 100000 != 0) continue;
    wrong += lane.find(flight->slot)->number == TargetNumber{2, i} ? 0U : 1U;
    lane.expire(flight->sent + 1min, [](const Flight&) {});
    lane.book(flight->sent + 1min, [](const Flight&) {});
  }
  CHECK(wrong == 0);
}

TEST_CASE("a block keeps what hosts had when its places change") {
  Block block(1, "n", "m", {60s});
  std::vector<TargetState> targets(3);
  for (std::uint32_t i = 0; i < 3; ++i) targets[i] = {Address::v4(i), 0, 0, 0, true};
  block.replace_targets(targets);
  block.record(0, kStart, true);
  for (int i = 0; i < 4; ++i) block.record(1, kStart, false);
  CHECK(block.hosts().responding == 1);
  CHECK(block.hosts().silent == 1);
  targets[0].active = false;
  targets.push_back({Address::v4(9), 0, 0, 0, true});
  block.replace_targets(targets);
  CHECK(block.active_targets() == 3);
  CHECK(block.hosts().responding == 0);
  CHECK(block.hosts().silent == 1);
  CHECK(block.targets()[1].failure_run == 4);
  CHECK(block.targets()[1].outcomes_known == 4);
}

TEST_CASE("windows of the same length keep what they hold when others come and go") {
  Block block(1, "n", "m", {60s, 300s});
  block.replace_targets({{Address::v4(1), 0, 0, 0, true}});
  block.record(0, kStart, true);
  block.set_windows({30s, 300s});
  const std::vector<WindowRatio> ratios = block.ratios(kStart);
  CHECK(ratios[0].probes == 0);
  CHECK(std::isnan(ratios[0].ratio));
  CHECK(ratios[1].probes == 1);
}

TEST_CASE("so do those of each host, and its round-trip times stay") {
  Block block(1, "n", "m", {60s, 300s});
  block.replace_targets({{Address::v4(1), 0, 0, 0, true}, {Address::v4(2), 0, 0, 0, true}});
  block.keep_host_records(true);
  block.count_sent();
  block.book_reply(0, 20ms);
  block.record(0, kStart, true);
  block.record(1, kStart, false);
  block.set_windows({300s, 30s});
  const HostSnapshot first = block.host(0, kStart);
  REQUIRE(first.windows.size() == 2);
  CHECK(first.windows[0].probes == 1);
  CHECK(first.windows[0].replies == 1);
  CHECK(first.windows[1].probes == 0);
  CHECK(first.rtt);
  CHECK(block.host(1, kStart).windows[0].replies == 0);
  block.record(0, kStart + 1s, true);
  CHECK(block.host(0, kStart + 1s).windows[0].probes == 2);
  CHECK(block.host(0, kStart + 1s).windows[1].probes == 1);
}

TEST_CASE("the eight most frequent errors are kept, and a new one is seen") {
  Block block(1, "n", "m", {60s});
  for (std::uint32_t r = 0; r < 8; ++r) {
    for (std::uint32_t i = 0; i <= r; ++i) block.count_error({3, 1}, Address::v4(r));
  }
  block.count_error({3, 13}, Address::v4(99));
  CHECK(block.errors().size() == 8);
  CHECK(block.errors().back().responder == Address::v4(99));
  CHECK(block.errors().front().responder == Address::v4(1));
}

TEST_CASE("soft deadlines: each step in the order of its ends, whatever the order of the sends") {
  FlightLane lane(1, 10s);
  std::vector<Duration> softs{3s, 1s, 2s, 1s, 2600ms, 1s};
  for (std::uint32_t i = 0; i < softs.size(); ++i) {
    Flight* flight = lane.push({1, i}, Purpose::background);
    flight->sent = kStart + i * 100ms;
    lane.watch(*flight, softs[i]);
  }
  const auto told_by = [&](Duration at) {
    std::vector<std::uint32_t> places;
    lane.expire_softly(kStart + at, [&](const Flight& f) { places.push_back(f.number.place); });
    return places;
  };
  CHECK(told_by(1100ms).empty());
  CHECK(told_by(1301ms) == std::vector<std::uint32_t>{1, 3});
  lane.find(lane.find(1U << 24U)->slot + 5)->state = FlightState::replied;
  CHECK(told_by(2201ms) == std::vector<std::uint32_t>{2});
  CHECK(lane.next_expiry() == kStart + 3s);
  CHECK(told_by(10s) == std::vector<std::uint32_t>{4, 0});
  CHECK(told_by(11s).empty());
}

TEST_CASE("a ring queue is first in, first out, through growth and wrap") {
  RingQueue<int> queue;
  int in = 0;
  int out = 0;
  for (int round = 0; round < 50; ++round) {
    for (int i = 0; i < 7; ++i) queue.push_back(in++);
    for (int i = 0; i < 5; ++i) {
      REQUIRE(queue.front() == out++);
      queue.pop_front();
    }
  }
  CHECK(queue.size() == 100);
  for (; !queue.empty(); queue.pop_front()) REQUIRE(queue.front() == out++);
  CHECK(out == in);
}

TEST_CASE("a window counts from a moment on as well") {
  Window window(60s);
  for (int s = 0; s < 200; ++s) window.add(kStart + s * 1s, s % 4 != 0);
  CHECK(window.since(kStart + 180s).probes == 20);
  CHECK(window.since(kStart + 180s).replies == 15);
  // No more than what it keeps.
  CHECK(window.since(kStart).probes == 60);
  CHECK(window.since(kStart + 300s).probes == 0);
}
