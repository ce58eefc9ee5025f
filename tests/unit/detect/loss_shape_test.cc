#include "daemon/detect/loss_shape.h"

#include "tests/support/catch.h"
#include "tests/unit/detect/scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

LossTransitions random_loss(double loss, int probes, std::uint64_t seed) {
  LossTransitions transitions;
  Lottery lottery(seed);
  for (int i = 0; i < probes; ++i) transitions.add(lottery.loses(loss));
  return transitions;
}

/// A Gilbert model: bursts of that mean length, of that loss in all.
LossTransitions bursty_loss(double loss, double burst, int probes, std::uint64_t seed) {
  LossTransitions transitions;
  Lottery lottery(seed);
  const double end = 1 / burst;
  const double begin = end * loss / (1 - loss);
  bool bad = lottery.loses(loss);
  for (int i = 0; i < probes; ++i) {
    transitions.add(bad);
    bad = bad ? !lottery.loses(end) : lottery.loses(begin);
  }
  return transitions;
}

template <class Make>
int share_bursty(Make&& make) {
  int bursty = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) bursty += make(seed).pattern() == LossPattern::bursty ? 1 : 0;
  return bursty;
}

}  // namespace

TEST_CASE("random loss is called bursty as seldom as the test allows") {
  const double loss = GENERATE(0.1, 0.3, 0.5);
  CHECK(share_bursty([&](std::uint64_t seed) { return random_loss(loss, 1000, seed); }) <= 4);
}

TEST_CASE("bursts are told as often as published power says") {
  // detection.md 3.4, by simulation: 100 probes at 30 % show bursts of five in 0.996, bursts of three in 0.97 of cases.
  CHECK(share_bursty([](std::uint64_t seed) { return bursty_loss(0.3, 5, 100, seed); }) >= 93);
  CHECK(share_bursty([](std::uint64_t seed) { return bursty_loss(0.3, 3, 200, seed); }) >= 95);
  CHECK(share_bursty([](std::uint64_t seed) { return bursty_loss(0.1, 5, 300, seed); }) >= 90);
}

TEST_CASE(
    "of a hundred probes in send order the shape is right in 95 % and more, bursts of three spacings and longer") {
  const double burst = GENERATE(1 / 0.7, 3.0, 4.0, 6.0, 10.0);
  const LossPattern truth = burst < 2 ? LossPattern::random : LossPattern::bursty;
  constexpr std::uint64_t kCases = 2000;
  int right = 0;
  int said = 0;
  for (std::uint64_t seed = 1; seed <= kCases; ++seed) {
    const LossPattern pattern = bursty_loss(0.3, burst, 100, seed).pattern();
    said += pattern != LossPattern::unknown ? 1 : 0;
    right += pattern == truth ? 1 : 0;
  }
  CAPTURE(burst, said, right);
  CHECK(right >= 0.95 * said);
  CHECK(said >= 0.9 * kCases);
}

TEST_CASE("the burst ratio: one of random loss, the mean run times the share that arrives of bursts") {
  CHECK(*random_loss(0.3, 20000, 1).burst_ratio() == Approx(1).margin(0.05));
  CHECK(*bursty_loss(0.3, 5, 20000, 1).burst_ratio() == Approx(5 * 0.7).margin(0.4));
}

TEST_CASE("too little is not called anything") {
  LossTransitions transitions;
  for (int i = 0; i < 99; ++i) transitions.add(i % 4 == 0);
  CHECK(transitions.pattern() == LossPattern::unknown);
  CHECK(transitions.burst_ratio());
  transitions.add(false);
  CHECK(transitions.pattern() == LossPattern::random);
  LossTransitions few;
  for (int i = 0; i < 1000; ++i) few.add(i < 9);
  CHECK(few.pattern() == LossPattern::unknown);
  CHECK_FALSE(few.burst_ratio());
  LossTransitions all;
  for (int i = 0; i < 1000; ++i) all.add(true);
  CHECK(all.pattern() == LossPattern::unknown);
  CHECK_FALSE(all.burst_ratio());
}

TEST_CASE("losses that keep apart are not bursty, however regular") {
  LossTransitions transitions;
  for (int i = 0; i < 1000; ++i) transitions.add(i % 3 == 0);
  CHECK(transitions.pattern() == LossPattern::random);
  CHECK(*transitions.burst_ratio() == Approx(2.0 / 3).margin(0.01));
}

TEST_CASE("runs of losses are counted by their length when they end") {
  LossRuns runs;
  Instant at = kStart;
  for (const int length : {1, 1, 2, 4, 5, 6, 55, 56}) {
    for (int i = 0; i < length; ++i) runs.add(true, at += 1s);
    runs.add(false, at += 1s);
    runs.add(false, at += 1s);
  }
  runs.add(true, at += 1s);
  CHECK(runs.runs().count == 8);
  CHECK(runs.runs().sum == 130);
  CHECK(runs.runs().buckets == std::array<std::uint64_t, 9>{2, 1, 0, 2, 1, 0, 0, 0, 1});
}

TEST_CASE("the burst ratio follows the last half hour, and keeps the one before until there is enough") {
  LossRuns runs;
  Instant at = kStart;
  for (int i = 0; i < 1799; ++i) runs.add(i % 20 < 5, at += 1s);
  const double bursts = *runs.burst_ratio();
  CHECK(bursts == Approx(5 * 0.75).margin(0.1));
  at += 60s;
  for (int i = 0; i < 20; ++i) runs.add(i % 4 == 0, at += 1s);
  CHECK(*runs.burst_ratio() == bursts);
  for (int i = 0; i < 400; ++i) runs.add(i % 4 == 0, at += 1s);
  CHECK(*runs.burst_ratio() == Approx(0.75).margin(0.02));
}
