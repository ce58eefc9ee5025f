// A network that is asked seldom, here once in 75 s or 225 s, is followed through its trouble.
#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

constexpr Duration kBegin = 3000s;  ///< of trouble: some rounds have passed

class Seldom {
 public:
  using Lost = std::function<bool(std::uint32_t host, Duration at)>;

  explicit Seldom(Lost lost, Duration round = 1200s)
      : daemon_(ConfigBuilder().network("a", 1, 16).references(20, 2).timing(round, 3s).build()),
        lost_(std::move(lost)) {
    daemon_.network.decide = [this](const ProbeRequest& r, Instant) {
      const Duration at = daemon_.elapsed();
      if (is_reference(r.to)) return Fate{.reply_after = 20ms};
      asked_.push_back(at);
      return lost_(r.to.v4_value() % 16, at) ? Fate{} : Fate{.reply_after = 20ms};
    };
  }
  void run_until(Duration at) { daemon_.run_for(at - daemon_.elapsed()); }
  std::size_t asked(Duration from, Duration to) const {
    return static_cast<std::size_t>(
        std::count_if(asked_.begin(), asked_.end(), [&](Duration t) { return t >= from && t < to; }));
  }
  /// As it was told last.
  Event last() const { return daemon_.network.events.empty() ? Event{} : daemon_.network.events.back(); }
  const std::vector<Event>& told() const { return daemon_.network.events; }
  static Duration at(Instant t) { return t - Instant(1h); }

 private:
  VirtualDaemon daemon_;
  Lost lost_;
  std::vector<Duration> asked_;
};

/// The same numbers on every machine.
class Draws {
 public:
  double next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<double>(state_ >> 40U) / static_cast<double>(1U << 24U);
  }

 private:
  std::uint64_t state_ = 4711;
};

}  // namespace

TEST_CASE("looks in the dark come ever more seldom, and cease where the rounds come as often") {
  Seldom network([](std::uint32_t, Duration at) { return at >= kBegin && at < 3h; });
  network.run_until(3h);
  REQUIRE(network.last().event_class == EventClass::outage);
  const Duration told = network.at(network.last().detected_at);
  CHECK(told - kBegin < 90s);
  CHECK(network.asked(told, told + 60s) >= 6);
  CHECK(network.asked(told, told + 60s) <= 20);
  CHECK(network.asked(kBegin + 120s, kBegin + 600s) <= 20 + 7);
  CHECK(network.asked(kBegin + 800s, 3h) <= 16 * 8);
  network.run_until(3h + 5min);
  REQUIRE(network.last().end);
  CHECK(std::abs(to_seconds(network.at(*network.last().end) - 3h)) < 76);
}

TEST_CASE("after a fall a network is watched for an hour, in case it falls again") {
  Seldom network([](std::uint32_t, Duration at) { return at >= kBegin && at < kBegin + 200s; });
  network.run_until(3h);
  REQUIRE(network.last().end);
  CHECK(network.last().event_class == EventClass::outage);
  // 20 in the rounds, and one in 150 seconds.
  CHECK(network.asked(kBegin + 600s, kBegin + 2100s) >= 20 + 9);
  CHECK(network.asked(kBegin + 600s, kBegin + 2100s) <= 20 + 12);
  CHECK(network.asked(kBegin + 4200s, kBegin + 5700s) <= 22);
}

TEST_CASE("where one host answers again the others are asked, though they have just failed") {
  Seldom network([](std::uint32_t, Duration at) { return at >= kBegin && at < kBegin + 250s; });
  network.run_until(kBegin + 600s);
  REQUIRE(network.last().event_class == EventClass::outage);
  // Two hosts have answered within a few probes, and the rest is certain within a minute.
  CHECK(network.last().end);
  CHECK(network.asked(kBegin + 250s, kBegin + 400s) <= 30);
}

TEST_CASE("hosts that fall one after the other, four hosts of sixteen at a time, are one flapping network") {
  // Each prefix for ninety seconds, every twenty minutes, and up to a minute after the first.
  Seldom network(
      [](std::uint32_t host, Duration at) {
        const Duration into = (at - 3h) % 20min - host / 4 * 20s;
        return at >= 3h && into >= 0s && into < 90s;
      },
      3600s);
  network.run_until(7h);
  CHECK(network.last().event_class == EventClass::flapping);
  CHECK_FALSE(network.last().end);
  std::size_t opened_after = 0;
  Instant declared = Instant::max();
  for (const Event& event : network.told()) {
    if (event.event_class == EventClass::flapping) declared = std::min(declared, event.detected_at);
  }
  for (const Event& event : network.told()) opened_after += event.detected_at > declared ? 1U : 0U;
  CHECK(opened_after == 0);
}

TEST_CASE("bursts of eight seconds for hours are no falls") {
  // Of each 27 seconds eight are lost, in no step with the questions.
  Draws draws;
  std::vector<bool> bad(20000);
  bool now_bad = false;
  for (std::size_t s = 0; s < bad.size(); ++s) {
    now_bad = now_bad ? draws.next() >= 1.0 / 8 : draws.next() < 1.0 / 19;
    bad[s] = now_bad;
  }
  Seldom network([&](std::uint32_t, Duration at) { return at >= 2h && bad[static_cast<std::size_t>(at / 1s)]; }, 3600s);
  network.run_until(5h);
  for (const Event& event : network.told()) CHECK(event.event_class != EventClass::flapping);
  CHECK(network.last().event_class == EventClass::spotty);
  CHECK(network.last().pattern == LossPattern::bursty);
}

TEST_CASE("falls that come again and again are one episode from the third one on") {
  Seldom network([](std::uint32_t, Duration at) { return at >= kBegin && (at - kBegin) % 20min < 90s; });
  network.run_until(3h);
  CHECK(network.last().event_class == EventClass::flapping);
  CHECK_FALSE(network.last().end);
  CHECK(network.last().evidence.falls >= 4);
}

TEST_CASE("a random loss in part is asked about until it is known to be one, and then followed") {
  Draws draws;
  Seldom network([&](std::uint32_t, Duration at) { return at >= kBegin && draws.next() < 0.3; });
  network.run_until(kBegin + 2h);
  for (const Event& event : network.told()) CHECK(event.event_class != EventClass::flapping);
  REQUIRE(network.last().event_class == EventClass::spotty);
  CHECK(network.last().pattern == LossPattern::random);
  // It is not asked harder and harder.
  CHECK(network.asked(kBegin + 3600s, kBegin + 7200s) <= 48 + 100);
}
