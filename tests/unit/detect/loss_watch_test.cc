#include "daemon/detect/loss_watch.h"

#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/detect/scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

struct Watched {
  explicit Watched(std::size_t count) : hosts(count) {
    watch.set_hosts(count);
    for (TargetState& host : hosts) host.active = true;
  }
  void fail(std::uint32_t place, Duration at) { watch.on_suspect(hosts[place], place, kStart + at); }
  void answer(std::uint32_t place, Duration at, bool was_suspect = false) {
    watch.on_reply(hosts[place], place, kStart + at, was_suspect);
  }
  Suspicion suspicion(std::size_t level = 1) const { return watch.judge(FakeVantage())[level]; }

  std::vector<TargetState> hosts;
  LossWatch watch;
};

constexpr double kFailure = 3.4243;  ///< of a usual host, at the second level
constexpr double kReply = 0.35667;

}  // namespace

TEST_CASE("guard: how many silent hosts chance explains") {
  // detection.md 3.5: P[Bin(16, .01) >= 4] = 1.7e-5, P[Bin(8, .01) >= 3] = 5.4e-5, P[Bin(4, .01) >= 3] = 4e-6
  CHECK(silent_beyond_chance(1) == 1);
  CHECK(silent_beyond_chance(3) == 3);
  CHECK(silent_beyond_chance(4) == 3);
  CHECK(silent_beyond_chance(8) == 3);
  CHECK(silent_beyond_chance(16) == 4);
  CHECK(silent_beyond_chance(1000000) > 10000);
  CHECK(silent_beyond_chance(1000000) < 11000);
}

TEST_CASE("of a host's failures in a row two count, of few hosts all do") {
  Watched many(16);
  Watched few(3);
  for (int s = 0; s < 6; ++s) {
    many.fail(0, s * 1s);
    few.fail(0, s * 1s);
  }
  CHECK(many.suspicion().failures == 2);
  CHECK(few.suspicion().failures == 6);
  // After an answer they count again.
  many.answer(0, 10s);
  many.fail(0, 11s);
  CHECK(many.suspicion().failures == 3);
}

TEST_CASE("a suspicion knows how many hosts fail") {
  Watched w(16);
  CHECK(w.watch.failing_hosts(kStart) == 0);
  for (std::uint32_t i = 0; i < 6; ++i) w.fail(i % 3, i * 1s);
  CHECK(w.watch.failing_hosts(kStart) == 3);
  CHECK(w.watch.failing_hosts(kStart + 4s) == 2);
  CHECK(w.watch.failing_hosts(kStart + 6s) == 0);
  // Of a network of hundreds the newest 32 are told apart.
  Watched large(500);
  for (std::uint32_t i = 0; i < 500; ++i) large.fail(i, i * 10ms);
  CHECK(large.watch.failing_hosts(kStart) == 32);
}

TEST_CASE("a host that loses much by itself says little") {
  Watched w(16);
  w.hosts[0].own_loss = 0.5F;
  w.hosts[0].learned = 1000;
  w.fail(0, 0s);
  CHECK(w.suspicion().sum == Approx(0.2624).margin(0.001));
  w.fail(1, 1s);
  CHECK(w.suspicion().sum == Approx(0.2624 + kFailure).margin(0.001));
}

TEST_CASE("a run of failures is dark until an answer to what was sent in it") {
  Watched w(16);
  w.answer(0, 0s);
  for (std::uint32_t i = 1; i < 9; ++i) w.fail(i, i * 1s);
  CHECK(w.watch.dark_run().failures == 8);
  CHECK(w.watch.dark_run().hosts == 8);
  CHECK(w.watch.dark_run().since == kStart + 1s);
  CHECK(w.watch.dark_run().last_failure == kStart + 8s);
  CHECK(w.watch.dark_run().last_reply == kStart);
  // A slow answer to what was sent before it narrows its beginning down.
  w.answer(15, 500ms);
  CHECK(w.watch.dark_run().failures == 8);
  CHECK(w.watch.dark_run().last_reply == kStart + 500ms);
  w.answer(9, 9s);
  CHECK(w.watch.dark_run().failures == 0);
  // What was sent before that answer is no new darkness.
  w.fail(10, 8500ms);
  CHECK(w.watch.dark_run().failures == 0);
  w.fail(11, 10s);
  CHECK(w.watch.dark_run().failures == 1);
  CHECK(w.watch.dark_run().last_reply == kStart + 9s);
}

TEST_CASE("hosts that have not answered for long make nothing dark") {
  Watched w(16);
  for (TargetState& host : w.hosts) host.outcomes_known = 16;
  for (std::uint32_t i = 0; i < 16; ++i) w.fail(i, i * 1s);
  CHECK(w.watch.dark_run().failures == 0);
  for (TargetState& host : w.hosts) host.outcomes = 0x8000;
  for (std::uint32_t i = 0; i < 16; ++i) w.fail(i, 20s + i * 1s);
  CHECK(w.watch.dark_run().failures == 16);
}

TEST_CASE("hosts are dark from their second failure on") {
  Watched w(16);
  for (std::uint32_t i = 0; i < 5; ++i) w.fail(i, i * 1s);
  CHECK(w.watch.dark_hosts() == 0);
  for (std::uint32_t i = 0; i < 5; ++i) w.fail(i, 10s + i * 1s);
  for (std::uint32_t i = 0; i < 5; ++i) w.fail(i, 20s + i * 1s);
  CHECK(w.watch.dark_hosts() == 5);
  w.answer(0, 30s);
  w.watch.on_late(w.hosts[1], kStart + 1s);
  CHECK(w.watch.dark_hosts() == 3);
  w.answer(0, 31s);
  CHECK(w.watch.dark_hosts() == 3);
  w.hosts[2].active = false;
  w.watch.recount(w.hosts);
  CHECK(w.watch.dark_hosts() == 2);
}

TEST_CASE("an answer after the soft deadline takes its suspicion back, one after the timeout too") {
  Watched w(16);
  w.answer(0, 0s);
  for (std::uint32_t i = 0; i < 4; ++i) w.fail(i, 1s + i * 1s);
  REQUIRE(w.suspicion().failures == 4);
  w.answer(0, 1s, true);
  w.answer(1, 2s, true);
  CHECK(w.suspicion().failures == 2);
  CHECK(w.watch.taken_back() == 2);
  CHECK(w.hosts[0].suspect_run == 0);
  w.watch.on_late(w.hosts[2], kStart + 3s);
  w.watch.on_late(w.hosts[3], kStart + 4s);
  CHECK(w.suspicion().failures == 0);
  CHECK(w.watch.taken_back() == 4);
  CHECK(w.watch.quiet());
}

TEST_CASE("signs of life are answers to what was sent in the dark") {
  Watched w(16);
  w.answer(0, 0s);
  for (std::uint32_t i = 0; i < 8; ++i) w.fail(i, 10s + i * 1s);
  w.watch.expect_revival(kStart + 10s);
  w.answer(9, 9s);
  CHECK(w.watch.revival().replies == 0);
  w.answer(3, 20s);
  CHECK(w.watch.revival().hosts == 1);
  CHECK(w.watch.revival().first_reply == kStart + 20s);
  CHECK(w.watch.revival().last_failure == kStart + 17s);
  w.answer(3, 21s);
  CHECK(w.watch.revival().hosts == 1);
  // A failure that becomes known later may have been sent before the return.
  w.fail(8, 19s);
  CHECK(w.watch.revival().last_failure == kStart + 19s);
  CHECK(w.watch.revival().failures == 0);
  w.fail(9, 22s);
  CHECK(w.watch.revival().failures == 1);
  w.answer(4, 23s);
  CHECK(w.watch.revival().hosts == 2);
  CHECK(w.watch.revival().replies == 3);
}

TEST_CASE("after twenty failures in a row what answered before was no return") {
  Watched w(16);
  for (std::uint32_t i = 0; i < 8; ++i) w.fail(i, 1s + i * 1s);
  w.watch.expect_revival(kStart + 1s);
  w.answer(3, 10s);
  for (std::uint32_t i = 0; i < 19; ++i) w.fail(i % 16, 11s + i * 1s);
  CHECK(w.watch.revival().replies == 1);
  w.fail(4, 40s);
  CHECK(w.watch.revival().replies == 0);
}

TEST_CASE("what speaks for the end rises with replies, up to a bound, and failures take it back") {
  Watched w(16);
  w.watch.expect_end(1);
  for (int s = 0; s < 20; ++s) w.answer(0, s * 1s);
  CHECK(w.watch.fine() == Approx(20 * kReply).epsilon(1e-3));
  w.fail(1, 20s);
  CHECK(w.watch.fine() == Approx(20 * kReply - kFailure).epsilon(1e-3));
  w.answer(1, 20s, true);
  CHECK(w.watch.fine() == Approx(20 * kReply).epsilon(1e-3));
  w.fail(2, 21s);
  w.fail(3, 22s);
  CHECK(w.watch.fine() > 0);
  CHECK(w.watch.last_loss() == Instant{});
  w.fail(4, 23s);
  CHECK(w.watch.fine() == 0);
  CHECK(w.watch.last_loss() == kStart + 23s);
  w.answer(5, 24s);
  w.answer(5, 25s);
  CHECK(w.watch.first_reply_after() == kStart + 24s);
  // An answer to what was sent before the last loss proves nothing.
  const double fine = w.watch.fine();
  w.answer(6, 22500ms);
  CHECK(w.watch.fine() == fine);
  for (int s = 0; s < 300; ++s) w.answer(0, 30s + s * 1s);
  CHECK(w.watch.fine() == 40);
}

TEST_CASE("times without a loss, between losses") {
  Watched w(16);
  w.fail(9, 0s);
  w.watch.begin_episode();
  for (int s = 1; s < 60; ++s) {
    if (s == 5 || s == 15 || s == 16 || s == 36) {
      w.fail(static_cast<std::uint32_t>(s % 16), s * 1s);
    } else {
      w.answer(0, s * 1s);
    }
  }
  // From 0 to 5, 5 to 15 and 16 to 36; 15 and 16 are one loss.
  CHECK(to_seconds(w.watch.mean_gap()) == Approx(35.0 / 3));
  CHECK(w.watch.longest_gap() == 20s);
  CHECK(w.watch.loss_seen() == Approx(4.0 / 59));
  w.watch.begin_episode();
  CHECK(w.watch.mean_gap() == 0s);
  CHECK(w.watch.longest_gap() == 0s);
  CHECK(w.watch.loss_seen() == 0);
}

TEST_CASE("the share that fails now counts failures in a row too") {
  Watched w(16);
  w.watch.expect_end(1);
  CHECK(w.watch.failing_share() == 1);
  for (int s = 0; s < 30; ++s) w.answer(1, s * 1s);
  CHECK(w.watch.failing_share() < 0.03);
  for (int s = 0; s < 30; ++s) w.fail(0, 30s + s * 1s);
  CHECK(w.watch.failing_share() > 0.97);
}

TEST_CASE("what is forgotten is neither suspected nor dark") {
  Watched w(16);
  for (std::uint32_t i = 0; i < 8; ++i) w.fail(i, i * 1s);
  w.watch.forget();
  CHECK(w.watch.quiet());
  CHECK(w.watch.dark_run().failures == 0);
  CHECK(w.watch.failing_hosts(kStart) == 0);
  CHECK(w.suspicion().sum == 0);
}

TEST_CASE("what was sent before a time that is forgotten and fails later counts no more, nor does its answer") {
  Watched w(16);
  const Instant end = kStart + 60s;
  w.watch.forget(end);
  for (std::uint32_t place = 0; place < 8; ++place) w.watch.on_suspect(w.hosts[place], place, end - 1s);
  CHECK(w.watch.quiet());
  CHECK(w.watch.dark_run().failures == 0);
  CHECK(w.watch.dark_hosts() == 0);
  w.watch.on_suspect(w.hosts[8], 8, end);
  CHECK_FALSE(w.watch.quiet());
  // Answers to those take back nothing of what counts.
  for (std::uint32_t place = 0; place < 8; ++place) w.watch.on_reply(w.hosts[place], place, end - 1s, true);
  CHECK_FALSE(w.watch.quiet());
  CHECK(w.watch.taken_back() == 0);
}

TEST_CASE("a suspect that proves nothing counts no more, though its host has answered since") {
  Watched w(1);
  for (int s = 0; s < 8; ++s) {
    w.fail(0, s * 1s);
    w.answer(0, s * 1s + 500ms);
    w.watch.on_withdrawn(w.hosts[0], kStart + s * 1s);
  }
  CHECK(w.watch.quiet());
  CHECK(w.suspicion().sum == 0);
  CHECK(w.hosts[0].suspect_run == 0);
}
