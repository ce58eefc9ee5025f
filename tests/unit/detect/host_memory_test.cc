#include "daemon/detect/host_memory.h"

#include "daemon/detect/path_delay.h"
#include "tests/support/catch.h"
#include "tests/unit/detect/scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

TEST_CASE("the soft deadline is the smoothed time and four times its variation, within one and three seconds") {
  TargetState host;
  CHECK(soft_deadline(host) == 3s);
  learn_round_trip(host, 800ms, true);
  CHECK(host.rtt_us == 800000);
  CHECK(host.rtt_variation_us == 400000);
  CHECK(soft_deadline(host) == 2400ms);
  // RFC 6298: variation 3/4 x 400 + 1/4 x 200 = 350 ms, smoothed 7/8 x 800 + 1/8 x 1000 = 825 ms.
  learn_round_trip(host, 1000ms, true);
  CHECK(host.rtt_us == 825000);
  CHECK(host.rtt_variation_us == 350000);
  CHECK(soft_deadline(host) == 2225ms);
  for (int i = 0; i < 50; ++i) learn_round_trip(host, 30ms, true);
  CHECK(soft_deadline(host) == 1s);
  for (int i = 0; i < 50; ++i) learn_round_trip(host, 5s, true);
  CHECK(soft_deadline(host) == 3s);
}

TEST_CASE("a host is taken for usual until it has shown its own loss, which stays within bounds") {
  TargetState host;
  CHECK(own_loss(host) == kUsualLoss);
  learn_loss(host, false, 200);
  CHECK(own_loss(host) == Approx(0.01 + 0.99 / 51));
  for (int i = 0; i < 5000; ++i) learn_loss(host, true, 200);
  CHECK(own_loss(host) == Approx(0.005));
  for (int i = 0; i < 5000; ++i) learn_loss(host, false, 200);
  CHECK(own_loss(host) == Approx(0.5));
}

TEST_CASE("loss is learnt over about so many outcomes: an hour of a day moves it little") {
  TargetState host;
  for (int i = 0; i < 20000; ++i) learn_loss(host, i % 10 != 0, 8640);
  CHECK(own_loss(host) == Approx(0.1).margin(0.01));
  for (int i = 0; i < 360; ++i) learn_loss(host, i % 10 >= 3, 8640);
  CHECK(own_loss(host) < 0.12);
  // A memory shorter than the belief one starts with is as long.
  TargetState hasty;
  learn_loss(hasty, false, 1);
  CHECK(own_loss(hasty) < 0.04);
}

TEST_CASE("longer than usual is what is over 20 ms and over a quarter of the usual, learnt in quiet times only") {
  TargetState host;
  CHECK(delay_beyond_usual(host, 400ms) == 0ms);
  CHECK_FALSE(is_delayed(host, 10s));
  learn_round_trip(host, 200ms, true);
  CHECK(delay_beyond_usual(host, 400ms) == 200ms);
  CHECK(delay_beyond_usual(host, 150ms) == -50ms);
  CHECK(is_delayed(host, 251ms));
  CHECK_FALSE(is_delayed(host, 249ms));
  for (int i = 0; i < 1000; ++i) learn_round_trip(host, 450ms, false);
  CHECK(is_delayed(host, 450ms));
  CHECK(soft_deadline(host) == 1s);
  TargetState near;
  learn_round_trip(near, 2ms, true);
  CHECK_FALSE(is_delayed(near, 21ms));
  CHECK(is_delayed(near, 23ms));
}

TEST_CASE("the usual time follows slowly") {
  TargetState host;
  for (int i = 0; i < 2000; ++i) {
    learn_loss(host, true, 8640);
    learn_round_trip(host, 100ms, true);
  }
  for (int i = 0; i < 60; ++i) learn_round_trip(host, 200ms, true);
  CHECK(delay_beyond_usual(host, 200ms) > 85ms);
  for (int i = 0; i < 5000; ++i) learn_round_trip(host, 200ms, true);
  CHECK(delay_beyond_usual(host, 200ms) < 5ms);
}

TEST_CASE("delay over a stretch of time, by when the probes were sent") {
  PathDelay delay;
  for (int s = 0; s < 120; ++s) {
    const bool queue = s >= 60;
    delay.add(kStart + s * 1s, queue ? 300ms : 100ms, queue ? 200ms : 0ms, queue);
  }
  const DelayFigures before = delay.between(kStart, kStart + 59s);
  CHECK(before.answers == 60);
  CHECK(before.delayed == 0);
  CHECK(before.round_trip == 100ms);
  const DelayFigures all = delay.between(kStart, kStart + 119s);
  CHECK(all.answers == 120);
  CHECK(all.delayed == 60);
  CHECK(all.beyond == 100ms);
  CHECK(all.round_trip == 200ms);
  CHECK(delay.between(kStart - 1h, kStart - 1s).answers == 0);
}

TEST_CASE("delay is forgotten after four minutes") {
  PathDelay delay;
  delay.add(kStart, 100ms, 0ms, false);
  delay.add(kStart + 240s, 200ms, 0ms, false);
  CHECK(delay.between(kStart, kStart + 300s).answers == 1);
  CHECK(delay.between(kStart, kStart + 300s).round_trip == 200ms);
  // And an answer from a lap ago is too late.
  delay.add(kStart, 100ms, 0ms, false);
  CHECK(delay.between(kStart, kStart + 300s).answers == 1);
}
