#include "daemon/detect/vantage.h"

#include "daemon/detect/common_silence.h"
#include "tests/support/catch.h"
#include "tests/unit/detect/scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

/// References probed once a second, a third of a second apart, with a timeout of one second.
class References {
 public:
  References(std::size_t count, std::size_t quorum) : count_(count) {
    vantage.configure({count, quorum, 0.05}, kStart);
  }

  /// `answers(reference, sent)` until `until`.
  template <class Answers>
  void run(Duration until, Answers&& answers) {
    for (; at_ < until; at_ += 1s) {
      for (std::size_t r = 0; r < count_; ++r) {
        const Duration sent = at_ + r * 1000ms / count_;
        vantage.on_reference(r, kStart + sent, answers(r, sent));
      }
      vantage.judge(kStart + at_ + 2s);
    }
  }
  bool ill(Duration from, Duration to) const { return vantage.ill_during(kStart + from, kStart + to); }

  Vantage vantage;

 private:
  std::size_t count_;
  Duration at_{};
};

}  // namespace

TEST_CASE("a blackout is dated back to before it began and ends with the first answers of a quorum") {
  References refs(3, 2);
  refs.run(60s, [](std::size_t, Duration sent) { return sent < 20s || sent >= 35s; });
  CHECK_FALSE(refs.ill(0s, 19s));
  CHECK(refs.ill(20s, 20s));
  CHECK(refs.ill(34900ms, 34900ms));
  CHECK_FALSE(refs.ill(36s, 59s));
  CHECK(refs.vantage.ok());
}

TEST_CASE("while a blackout lasts it is open") {
  References refs(3, 2);
  refs.run(30s, [](std::size_t, Duration sent) { return sent < 20s; });
  CHECK_FALSE(refs.vantage.ok());
  CHECK(refs.ill(40s, 50s));
  CHECK_FALSE(refs.vantage.responding(0));
}

TEST_CASE("one dead reference of three is its own matter; two of three are ours with a quorum of two") {
  const std::size_t dead = GENERATE(std::size_t{1}, std::size_t{2});
  References refs(3, 2);
  refs.run(120s, [dead](std::size_t r, Duration) { return r >= dead; });
  CHECK(refs.vantage.ok() == (dead == 1));
}

TEST_CASE("a lost probe of one reference is nothing, two together are a short blackout") {
  References refs(3, 2);
  refs.run(60s, [](std::size_t r, Duration sent) {
    if (r == 0 && sent == 10s) return false;
    return !(r != 2 && sent >= 30s && sent < 31s);
  });
  CHECK_FALSE(refs.ill(5s, 25s));
  CHECK(refs.ill(30s, 30s));
  CHECK_FALSE(refs.ill(32s, 59s));
}

TEST_CASE("a single reference needs two lost probes in a row") {
  References refs(1, 1);
  refs.run(60s, [](std::size_t, Duration sent) { return sent != 10s && sent != 30s && sent != 31s; });
  CHECK_FALSE(refs.ill(0s, 28s));
  CHECK(refs.ill(30s, 31s));
  CHECK_FALSE(refs.ill(33s, 60s));
}

TEST_CASE("ten per cent of our own loss shows, two per cent does not, nor one bad reference") {
  SECTION("ten per cent on all") {
    References refs(3, 2);
    // Every tenth probe of each, at different times, so that no two references are silent together.
    refs.run(300s, [](std::size_t r, Duration sent) { return (sent / 1s + 3 * static_cast<long>(r)) % 10 != 0; });
    CHECK_FALSE(refs.vantage.ok());
  }
  SECTION("two per cent on all") {
    References refs(3, 2);
    refs.run(300s, [](std::size_t r, Duration sent) { return (sent / 1s + 15 * static_cast<long>(r)) % 50 != 0; });
    CHECK(refs.vantage.ok());
  }
  SECTION("half on one") {
    References refs(3, 2);
    refs.run(300s, [](std::size_t r, Duration sent) { return r != 1 || sent / 1s % 2 == 0; });
    CHECK(refs.vantage.ok());
  }
}

TEST_CASE("seconds in which a tenth of our sends were refused are ill, and no others") {
  Vantage vantage;
  vantage.configure({0, 0, 0.05}, kStart);
  vantage.on_sends(kStart + 1500ms, 100, 12);
  vantage.on_sends(kStart + 5500ms, 100, 9);
  vantage.on_sends(kStart + 7500ms, 2, 2);
  vantage.judge(kStart + 10s);
  CHECK(vantage.ill_during(kStart + 1200ms, kStart + 1300ms));
  CHECK_FALSE(vantage.ill_during(kStart + 2100ms, kStart + 9s));
}

TEST_CASE("a reply corrects the failure it overtook") {
  Vantage vantage;
  vantage.configure({1, 1, 0.05}, kStart);
  vantage.on_reference(0, kStart, true);
  vantage.on_reference(0, kStart + 1s, false);
  vantage.on_reference(0, kStart + 2s, false);
  vantage.judge(kStart + 4s);
  CHECK_FALSE(vantage.ok());
  vantage.on_reference(0, kStart + 1s, true);
  vantage.on_reference(0, kStart + 3s, true);
  vantage.judge(kStart + 5s);
  CHECK_FALSE(vantage.ill_during(kStart + 1s, kStart + 5s));
}

TEST_CASE("without references: five networks silent together are us, four are not, nor five one after the other") {
  const auto silent = [](std::size_t count, Duration apart) {
    CommonSilence common;
    common.resize(count + 1);  // one that never answered says nothing
    for (std::size_t n = 0; n < count; ++n) {
      const Instant last = kStart + static_cast<Duration::rep>(n) * apart;
      common.on_reply(n, last);
      common.on_suspect(n, last - 1s);
      common.on_suspect(n, last + 1s);
      common.on_suspect(n, last + 2s);
    }
    return common.tally().silent_since();
  };
  CHECK(silent(5, 1s) == kStart);
  CHECK_FALSE(silent(4, 1s));
  CHECK_FALSE(silent(5, 5s));
}

TEST_CASE("our side is confirmed for what a quorum of references has answered") {
  References refs(3, 2);
  CHECK(refs.vantage.confirmed_until() == Instant{});
  refs.run(20s, [](std::size_t r, Duration) { return r == 0; });
  CHECK(refs.vantage.confirmed_until() == Instant{});
  refs.run(40s, [](std::size_t r, Duration) { return r != 2; });
  // The second newest answer: of reference 0 at 39 s, of reference 1 a third of a second later.
  CHECK(refs.vantage.confirmed_until() == kStart + 39s);
  refs.run(60s, [](std::size_t r, Duration) { return r == 0; });
  CHECK(to_seconds(refs.vantage.confirmed_until() - kStart) == Approx(39.333).margin(0.01));
}

TEST_CASE("without references our side is confirmed by what other networks answer") {
  Vantage vantage;
  vantage.configure({0, 0, 0.05}, kStart);
  vantage.on_life(kStart + 5s);
  vantage.on_life(kStart + 3s);
  CHECK(vantage.confirmed_until() == kStart + 5s);
}

TEST_CASE("two losses of references that few answers lie between are a reason to wait, one is not") {
  References refs(3, 2);
  const auto losing = [](Duration first, Duration second) {
    return [=](std::size_t r, Duration sent) { return r != 0 || (sent != first && sent != second); };
  };
  SECTION("far apart") {
    refs.run(21s, losing(10s, 20s));
    CHECK_FALSE(refs.vantage.doubtful());
  }
  SECTION("near") {
    refs.run(12s, losing(10s, 11s));
    CHECK(refs.vantage.doubtful());
    // Doubt goes with the answers that follow.
    refs.run(40s, losing(10s, 11s));
    CHECK_FALSE(refs.vantage.doubtful());
  }
  SECTION("one of them was only slow") {
    refs.run(12s, losing(10s, 11s));
    refs.vantage.on_reference(0, kStart + 11s, true);
    CHECK_FALSE(refs.vantage.doubtful());
  }
  CHECK(refs.vantage.ok());
}

TEST_CASE("a verdict is dated to the probes it rests on, not to when it was reached") {
  References refs(3, 2);
  refs.run(30s, [](std::size_t, Duration sent) { return sent < 20s; });
  CHECK_FALSE(refs.vantage.ok());
  CHECK(to_seconds(refs.vantage.since() - kStart) == Approx(19.5).margin(0.6));
  refs.run(60s, [](std::size_t, Duration sent) { return sent >= 40s; });
  CHECK(refs.vantage.ok());
  CHECK(to_seconds(refs.vantage.since() - kStart) == Approx(40.2).margin(0.6));
}

TEST_CASE("our side turned between the last probe that went one way and the first that went the other") {
  const Duration from = 20s + GENERATE(0, 7, 19, 33, 48) * 20ms;
  const Duration to = 40s + GENERATE(0, 11, 26, 42) * 20ms;
  CAPTURE(from, to);
  // Of ten, each tenth of a second another is asked; one is dead and one loses half of its packets.
  References refs(10, 4);
  const auto answers = [&](std::size_t r, Duration sent) {
    const bool lost = r == 9 || (r == 8 && (sent / 1s) % 2 == 0);
    return !lost && (sent < from || sent >= to);
  };
  refs.run(30s, answers);
  REQUIRE_FALSE(refs.vantage.ok());
  const auto holds = [&](Duration truth) {
    const Border& turned = refs.vantage.turned();
    CHECK(turned.uncertainty <= 400ms);
    CHECK(std::chrono::abs(turned.at - (kStart + truth)) <= turned.uncertainty);
  };
  holds(from);
  CHECK(refs.vantage.since() <= kStart + from);
  refs.run(60s, answers);
  REQUIRE(refs.vantage.ok());
  holds(to);
  CHECK(refs.vantage.since() >= kStart + to);
}

TEST_CASE("references that have never answered speak of no time before they were asked") {
  References refs(3, 2);
  refs.run(10s, [](std::size_t, Duration) { return false; });
  CHECK_FALSE(refs.vantage.ok());
  CHECK(refs.vantage.since() == kStart);
  CHECK(refs.ill(0s, 10s));
  // What they answered is forgotten after minutes; the verdict stays dated as it was.
  refs.run(20min, [](std::size_t, Duration sent) { return sent >= 30s && sent < 60s; });
  CHECK_FALSE(refs.vantage.ok());
  CHECK(refs.vantage.since() >= kStart + 59s);
  CHECK(refs.vantage.since() <= kStart + 61s);
  // And so it is where new ones take their place.
  refs.vantage.configure({3, 2, 0.05}, kStart + 20min);
  refs.run(21min, [](std::size_t, Duration) { return true; });
  CHECK(refs.vantage.ok());
  refs.run(22min, [](std::size_t, Duration) { return false; });
  CHECK(refs.vantage.since() >= kStart + 20min + 59s);
}

TEST_CASE("loss of ours is dated back to where the losses began to come together") {
  References refs(3, 2);
  refs.run(60s, [](std::size_t, Duration) { return true; });
  // A fifth of each reference's probes from then on, never of two at once.
  refs.run(180s, [](std::size_t r, Duration sent) { return (sent / 1s + 2 * static_cast<long>(r)) % 5 != 0; });
  REQUIRE_FALSE(refs.vantage.ok());
  CHECK(to_seconds(refs.vantage.since() - kStart) == Approx(60).margin(12));
}

TEST_CASE("loss of ours that goes on is nearly one verdict, which ends when answers outweigh the losses") {
  const std::uint64_t seed = GENERATE(1U, 2U, 3U, 4U, 5U);
  References refs(3, 2);
  Lottery lottery(seed);
  int turns = 0;
  bool was_ok = true;
  for (int s = 0; s < 900; ++s) {
    refs.run(s * 1s, [&](std::size_t, Duration sent) { return sent >= 600s || !lottery.loses(0.1); });
    turns += refs.vantage.ok() != was_ok ? 1 : 0;
    was_ok = refs.vantage.ok();
    if (s == 650) CHECK(refs.vantage.ok());
  }
  CHECK(turns >= 2);
  CHECK(turns <= 12);
}

TEST_CASE("without references: our side lives while two networks of five and more are answered") {
  const auto living = [](std::size_t networks) {
    CommonSilence common;
    common.resize(networks + 1);  // one that never answered says nothing
    for (std::size_t n = 0; n < networks; ++n) common.on_reply(n, kStart + static_cast<Duration::rep>(n) * 1s);
    return common.tally().life(kStart + 60s);
  };
  CHECK(living(4) == kStart + 60s);
  CHECK(living(5) == kStart + 3s);
  CHECK(living(9) == kStart + 7s);
}

TEST_CASE("without references: an answer to an older probe does not make a network younger") {
  CommonSilence common;
  common.resize(5);
  for (std::size_t n = 0; n < 5; ++n) {
    common.on_reply(n, kStart + 5s);
    common.on_suspect(n, kStart + 6s);
    common.on_reply(n, kStart + 4s);
    common.on_suspect(n, kStart + 3s);
  }
  CHECK_FALSE(common.tally().silent_since());
  for (std::size_t n = 0; n < 5; ++n) common.on_suspect(n, kStart + 7s);
  CHECK(common.tally().silent_since() == kStart + 5s);
  common.on_reply(2, kStart + 8s);
  CHECK_FALSE(common.tally().silent_since());
}

TEST_CASE("what other threads tell of refused sends counts for its own second, up to three seconds late") {
  Vantage vantage;
  vantage.on_sends(kStart + 10s, 100, 0);
  vantage.on_sends(kStart + 11s, 100, 0);
  vantage.on_sends(kStart + 12s, 100, 0);
  vantage.on_sends(kStart + 13s, 100, 0);
  vantage.on_sends(kStart + 10s, 100, 30);
  vantage.on_sends(kStart + 11s, 1000, 30);
  vantage.on_sends(kStart + 9s, 10, 10);  // too late
  CHECK(vantage.ill_during(kStart + 10100ms, kStart + 10900ms));
  CHECK_FALSE(vantage.ill_during(kStart + 11100ms, kStart + 13900ms));
  CHECK_FALSE(vantage.ill_during(kStart + 9100ms, kStart + 9900ms));
}

TEST_CASE("the silence of some networks and of others is the silence of all") {
  const auto silent = [](std::size_t first, std::size_t last) {
    CommonSilence common;
    common.resize(6);
    for (std::size_t n = first; n < last; ++n) {
      const Instant answered = kStart + static_cast<Duration::rep>(n) * 1s;
      common.on_reply(n, answered);
      common.on_suspect(n, answered + 1s);
      common.on_suspect(n, answered + 2s);
    }
    return common.tally();
  };
  const SilenceTally all = silent(0, 6);
  SilenceTally sum = silent(4, 6);
  CHECK_FALSE(sum.silent_since());
  sum.add(silent(0, 1));
  sum.add(silent(1, 4));
  sum.add({});
  CHECK(sum.living == all.living);
  CHECK(sum.silent_since() == all.silent_since());
  CHECK(sum.life(kStart) == all.life(kStart));
  CHECK(sum.life(kStart) == kStart + 4s);
  SilenceTally one_lives = silent(0, 1);
  one_lives.all_silent = false;
  sum.add(one_lives);
  CHECK_FALSE(sum.silent_since());
}

TEST_CASE("answers that are held up for longer than modules wait are as good as lost, if a quorum's are") {
  const std::size_t slow = GENERATE(1U, 2U, 3U);
  Vantage vantage;
  vantage.configure({3, 2, 0.05}, kStart);
  vantage.set_patience(450ms);
  for (int second = 0; second < 60; ++second) {
    for (std::size_t r = 0; r < 3; ++r) {
      const bool held_up = r < slow && second >= 20 && second < 25;
      vantage.on_reference(r, kStart + second * 1s + r * 333ms, true, held_up ? 600ms : 100ms);
    }
    vantage.judge(kStart + second * 1s + 2s);
  }
  CHECK(vantage.ill_during(kStart + 21s, kStart + 24s) == (slow >= 2));
  CHECK_FALSE(vantage.ill_during(kStart + 1s, kStart + 18s));
  CHECK_FALSE(vantage.ill_during(kStart + 27s, kStart + 59s));
}

TEST_CASE("a path that is slow for good is no fault: what counts is the fastest answer of the last minutes") {
  Vantage vantage;
  vantage.configure({3, 2, 0.05}, kStart);
  vantage.set_patience(200ms);
  for (int second = 0; second < 60; ++second) {
    for (std::size_t r = 0; r < 3; ++r) vantage.on_reference(r, kStart + second * 1s, true, 700ms + second * 1ms);
    vantage.judge(kStart + second * 1s + 1s);
  }
  CHECK_FALSE(vantage.ill_during(kStart, kStart + 60s));
  CHECK(vantage.ok());
}
