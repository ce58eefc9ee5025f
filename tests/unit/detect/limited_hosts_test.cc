#include <functional>

#include "daemon/detect/rate_limit_test.h"
#include "tests/support/catch.h"
#include "tests/unit/detect/scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRound = 10s;
constexpr std::uint32_t kPlace = 7;

/// One token `every`, kept up to `burst`.
class Bucket {
 public:
  Bucket(Duration every, double burst) : every_(every), burst_(burst), tokens_(burst) {}
  bool lets(Instant now) {
    if (at_ != Instant{}) tokens_ = std::min(burst_, tokens_ + to_seconds(now - at_) / to_seconds(every_));
    at_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

 private:
  Duration every_;
  double burst_;
  double tokens_;
  Instant at_{};
};

/// Asks one host once a round, and as often as the test wants; what it finds.
std::vector<std::uint32_t> tested(const std::function<bool(Instant)>& answers, std::uint64_t seed,
                                  bool admitted = true) {
  RateLimitTest test;
  Lottery lottery(seed);
  test.begin({kPlace}, kRound, kStart);
  const auto ask = [&](Instant now) {
    if (answers(now)) {
      test.on_reply(kPlace, now, false);
    } else {
      test.on_suspect(kPlace, now);
    }
  };
  Instant next = kStart;
  for (Instant now = kStart;; now += 250ms) {
    if (const auto found = test.verdict(now)) return *found;
    if (now >= next) {
      ask(now);
      next += std::chrono::duration_cast<Duration>(kRound * (0.8 + 0.4 * lottery.draw()));
    }
    if (admitted && test.wanted(now) == kPlace) {
      test.asked(kPlace, now);
      ask(now);
    }
  }
}

TargetState with(std::uint64_t outcomes, std::uint8_t known = 64) {
  TargetState host;
  host.outcomes = outcomes;
  host.outcomes_known = known;
  host.active = true;
  return host;
}

}  // namespace

TEST_CASE("a limiter that counts our probes is found: as many answers a second however often we ask") {
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Bucket bucket(20s, 1);
    found += tested([&](Instant now) { return bucket.lets(now); }, seed) == std::vector<std::uint32_t>{kPlace} ? 1 : 0;
  }
  CHECK(found >= 48);
}

TEST_CASE("a host that loses by itself is not taken for limited") {
  const double loss = GENERATE(0.2, 0.4, 0.6, 0.8);
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Lottery lottery(seed + 1000);
    found += tested([&](Instant) { return !lottery.loses(loss); }, seed).empty() ? 0 : 1;
  }
  CAPTURE(loss);
  CHECK(found <= 5);  // the 1 % of the test
}

TEST_CASE("where the limits let nobody ask twice as often, nothing is concluded") {
  Bucket bucket(20s, 1);
  CHECK(tested([&](Instant now) { return bucket.lets(now); }, 1, false).empty());
}

TEST_CASE("a test lasts six spells, and is asked for more in every second one") {
  RateLimitTest test;
  CHECK_FALSE(test.running());
  CHECK_FALSE(test.verdict(kStart));
  test.begin({1, 2, 3, 4, 5}, kRound, kStart);
  CHECK(test.running());
  CHECK_FALSE(test.verdict(kStart - 3s));
  CHECK_FALSE(test.wanted(kStart + 399s));
  CHECK(test.wanted(kStart + 401s) == 1U);
  test.asked(1, kStart + 401s);
  CHECK_FALSE(test.wanted(kStart + 401s));
  CHECK(test.wanted(kStart + 410s) == 1U);
  CHECK_FALSE(test.wanted(kStart + 810s));
  CHECK_FALSE(test.verdict(kStart + 2399s));
  CHECK(test.verdict(kStart + 2400s)->empty());
  CHECK_FALSE(test.running());
}

TEST_CASE("another module that is answered where this one is not tells a limiter that others use up as well") {
  const std::uint64_t every_second = 0x5555555555555555U;
  const std::uint64_t all = ~std::uint64_t{0};
  CHECK(limited_by_pairs(with(every_second), with(all)));
  CHECK_FALSE(limited_by_pairs(with(every_second), with(every_second)));
  CHECK_FALSE(limited_by_pairs(with(all), with(every_second)));
  CHECK_FALSE(limited_by_pairs(with(all), with(all)));
  // Sixty pairs at least; both may lose a little.
  CHECK_FALSE(limited_by_pairs(with(every_second, 59), with(all)));
  CHECK(limited_by_pairs(with(every_second), with(all & ~std::uint64_t{0xf})));
  CHECK_FALSE(limited_by_pairs(with(every_second), with(0xffff0000ffff0000U)));
}

TEST_CASE("who may be limited: a fifth is lost and a tenth answered") {
  CHECK(may_be_limited(with(0x5555555555555555U)));
  CHECK_FALSE(may_be_limited(with(~std::uint64_t{0})));
  CHECK_FALSE(may_be_limited(with(0)));
  CHECK_FALSE(may_be_limited(with(0x5555555555555555U, 31)));
  CHECK_FALSE(may_be_limited(with(~std::uint64_t{0x111111})));  // six of 64
}

TEST_CASE("hosts that are limited no more, or are others now, are forgotten") {
  std::vector<TargetState> targets(4, with(0x5555555555555555U));
  for (std::uint32_t i = 0; i < 4; ++i) targets[i].address = Address::v4(i + 1);
  LimitedHosts limited;
  for (const std::uint32_t place : {3U, 0U, 2U, 1U, 2U}) limited.add(place, targets[place]);
  CHECK(limited.places() == std::vector<std::uint32_t>{0, 1, 2, 3});
  limited.review(targets);
  CHECK(limited.count() == 4);
  targets[0].outcomes = ~std::uint64_t{0};
  targets[1].address = Address::v4(99);
  targets[2].active = false;
  limited.review(targets);
  CHECK(limited.places() == std::vector<std::uint32_t>{3});
  CHECK(limited.contains(3));
  CHECK_FALSE(limited.contains(0));
  targets.resize(2);
  limited.review(targets);
  CHECK(limited.count() == 0);
}
