#include "daemon/simulate/loss_process.h"

#include <cmath>

#include "daemon/simulate/echo_limit.h"
#include "tests/unit/simulate/scenario_input.h"

using namespace blipd;

namespace {

BurstsSpec bursts(double share, Duration mean_bad) {
  BurstsSpec spec;
  spec.share = share;
  spec.mean_bad = mean_bad;
  return spec;
}

}  // namespace

TEST_CASE("bad stays have the share and the mean of their formula") {
  // 100,000 s hold about 6,000 stays of 5 s: the share's standard error is below 0.004, the mean's below 0.07 s.
  GilbertElliott process(bursts(0.3, 5s), 42, 0s);
  int bad = 0;
  int stays = 0;
  bool before = false;
  constexpr int kSteps = 1'000'000;
  for (int i = 0; i < kSteps; ++i) {
    const bool now = process.bad_at(100ms * i);
    bad += now ? 1 : 0;
    stays += now && !before ? 1 : 0;
    before = now;
  }
  CHECK(bad / static_cast<double>(kSteps) == Approx(0.3).margin(0.015));
  // A stay is seen as one if it holds one of the 10 moments of a second; two of 100 are too short to be.
  CHECK(bad * 0.1 / stays == Approx(5.0).epsilon(0.06));
}

TEST_CASE("the share holds from the first moment on") {
  int bad = 0;
  for (std::uint64_t seed = 0; seed < 4000; ++seed) {
    GilbertElliott process(bursts(0.3, 5s), seed, 1h);
    bad += process.bad_at(1h) ? 1 : 0;
  }
  CHECK(bad / 4000.0 == Approx(0.3).margin(0.03));
}

TEST_CASE("the memory of bad stays fades as exp(-(1/bad + 1/good) dt)") {
  // P(bad at t + 2 s | bad at t) = 0.3 + 0.7 exp(-2 (1/5 + 1/11.67)) = 0.695.
  int pairs = 0;
  int both = 0;
  GilbertElliott process(bursts(0.3, 5s), 9, 0s);
  bool before = process.bad_at(0s);
  for (int i = 1; i < 100'000; ++i) {
    const bool now = process.bad_at(2s * i);
    pairs += before ? 1 : 0;
    both += before && now ? 1 : 0;
    before = now;
  }
  CHECK(static_cast<double>(both) / pairs == Approx(0.3 + 0.7 * std::exp(-2.0 * (0.2 + 0.3 / 3.5))).margin(0.02));
}

TEST_CASE("who asks rarely and who asks often see the same stays") {
  GilbertElliott often(bursts(0.2, 3s), 5, 0s);
  GilbertElliott rarely(bursts(0.2, 3s), 5, 0s);
  for (int i = 0; i < 100'000; ++i) {
    const bool bad = often.bad_at(137ms * i);
    if (i % 701 == 0) CHECK(rarely.bad_at(137ms * i) == bad);
  }
}

TEST_CASE("restarts have the mean length and distance of the file") {
  Reboots spec;
  spec.every = *parse_distribution("exponential(24h)", Quantity::duration);
  spec.lasts = Distribution::constant(5min);
  Restarts restarts(spec, 3);
  int down = 0;
  constexpr int kMinutes = 4000 * 24 * 60;
  for (int i = 0; i < kMinutes; ++i) down += restarts.down_at(1min * i) ? 1 : 0;
  // Five minutes in 24 h 5 min, 4,000 times: 1 standard error is 1.6 %.
  CHECK(down / static_cast<double>(kMinutes) == Approx(5.0 / 1445).epsilon(0.07));
}

TEST_CASE("a bucket of one token in 20 s answers the first packet and then each 20 s") {
  EchoLimit limit({20s, 1, 0}, 1, 0s);
  CHECK(limit.take(1s));
  CHECK_FALSE(limit.take(1s));
  CHECK_FALSE(limit.take(21s - 1ns));
  CHECK(limit.take(21s));
  CHECK_FALSE(limit.take(40s));
  // A refused packet costs nothing.
  CHECK(limit.take(41s));
  // An hour without packets saves up no more than the burst.
  CHECK(limit.take(1h));
  CHECK_FALSE(limit.take(1h + 1s));
}

TEST_CASE("a bucket lets its burst pass at once") {
  EchoLimit limit({1s, 3, 0}, 1, 0s);
  for (int i = 0; i < 3; ++i) CHECK(limit.take(10s));
  CHECK_FALSE(limit.take(10s));
  CHECK_FALSE(limit.take(10s + 999ms));
  CHECK(limit.take(11s));
  for (int i = 0; i < 2; ++i) CHECK(limit.take(13s));
  CHECK_FALSE(limit.take(13s));
}

TEST_CASE("a bucket shared with other traffic loses a share that does not depend on our rate") {
  const auto loss = [](Duration step, int count) {
    EchoLimit limit({1s, 3, 1.6}, 8, 0s);
    int lost = 0;
    for (int i = 1; i <= count; ++i) lost += limit.take(step * i) ? 0 : 1;
    return static_cast<double>(lost) / count;
  };
  // The others alone offer 1.6 for 1, so at least 0.375 of everything is lost, and little more.
  const double slow = loss(20s, 20'000);
  CHECK(slow > 0.37);
  CHECK(slow < 0.44);
  CHECK(loss(60s, 20'000) == Approx(slow).margin(0.02));
}
