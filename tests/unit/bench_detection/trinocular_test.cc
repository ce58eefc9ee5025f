#include "tests/bench/detection/trinocular.h"

#include <algorithm>

#include "daemon/simulate/score.h"
#include "tests/support/catch.h"
#include "tests/unit/bench_detection/synthetic.h"

using namespace blipd;
using namespace blipd::bench;

namespace {

constexpr double kMonth = 2592000;

int negatives_until_down(double availability) {
  Belief belief(availability, 16);
  for (int n = 1; n <= 30; ++n) {
    belief.update(false);
    if (belief.verdict() == Verdict::down) {
      return n;
    }
  }
  return 0;
}

/// `count` networks, each dark once, for `seconds`, from a moment drawn evenly from one hour.
Score dark_once(int count, double seconds, IncidentKind kind) {
  ScoreInput in;
  in.begin = kBegin;
  in.length = sec(10000);
  std::mt19937 random(3);
  std::uniform_real_distribution<double> onset(2000, 5600);
  for (int i = 0; i < count; ++i) {
    const AskedNetwork n = network("n" + std::to_string(i));
    const double from = onset(random);
    Synthetic world(dark(from, from + seconds));
    TrueIncident t;
    t.network = n.name;
    t.kind = kind;
    t.start = sec(from);
    t.end = sec(from + seconds);
    in.networks.push_back(n.name);
    in.truth.push_back(t);
    std::ranges::move(Trinocular().watch(world, n, run_of(10000)), std::back_inserter(in.events));
  }
  return score(in);
}

/// Outages a month of networks that lose each probe with this probability.
double onsets_a_month(double loss, int months, double round) {
  TrinocularSettings settings;
  settings.round = sec(round);
  std::size_t events = 0;
  for (int i = 0; i < months; ++i) {
    Synthetic world([&](std::size_t, double) { return loss; }, static_cast<unsigned>(i + 1));
    events += Trinocular(settings).watch(world, network(), run_of(kMonth)).size();
  }
  return static_cast<double>(events) / months;
}

}  // namespace

TEST_CASE("how many losses it takes to believe that a block is down") {
  CHECK(negatives_until_down(0.98) == 2);
  CHECK(negatives_until_down(0.9) == 3);
  CHECK(negatives_until_down(0.8) == 5);
  CHECK(negatives_until_down(0.7) == 6);
  CHECK(negatives_until_down(0.5) == 10);
  CHECK(negatives_until_down(0.4) == 14);
  CHECK(negatives_until_down(0.37) == 15);
  CHECK(negatives_until_down(0.3) == 20);
}

TEST_CASE("one answer brings a block of few hosts back, and makes one of many uncertain") {
  Belief few(0.98, 4);
  Belief many(0.98, 16);
  for (int i = 0; i < 5; ++i) {
    few.update(false);
    many.update(false);
  }
  CHECK(many.down() == Approx(0.99));
  few.update(true);
  many.update(true);
  CHECK(few.verdict() == Verdict::up);
  CHECK(many.verdict() == Verdict::uncertain);
  CHECK(1 - many.down() == Approx(0.0098 / (0.0098 + 0.99 * 0.99 / 256)));
}

TEST_CASE("a healthy network costs one probe a round") {
  Synthetic world([](std::size_t, double) { return 0.0; });
  CHECK(Trinocular().watch(world, network(), run_of(660 * 100)).empty());
  CHECK(world.asked() == 100);
}

TEST_CASE("a budget of fifteen probes is spent without a verdict where hosts seldom answer") {
  // With A = 0.3 twenty losses are needed from 0.99, and seven more from 0.5, where a spent budget leaves the belief.
  TrinocularSettings settings;
  settings.availability = 0.3;
  Synthetic world(dark(0, 1e9));
  TrinocularBlock block(settings, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, sec(0));
  for (int i = 0; i < 15; ++i) {
    CHECK(block.due() == sec(3 * i));
    block.step(world, network());
    CHECK(block.verdict() != Verdict::down);
  }
  CHECK(block.verdict() == Verdict::uncertain);
  for (int i = 0; i < 7; ++i) {
    CHECK(block.verdict() == Verdict::uncertain);
    CHECK(block.due() == sec(660 + 3 * i));
    block.step(world, network());
  }
  CHECK(block.verdict() == Verdict::down);
  CHECK(block.due() == sec(1320));
}

TEST_CASE("recovery probes are sent in the first rounds of an outage, and then seldom") {
  TrinocularSettings settings;
  settings.availability = 0.5;  // three recovery probes: ln 0.2 / ln 0.5 = 2.3
  const auto asked = [&](int rounds) {
    Synthetic world(dark(0, 1e9));
    TrinocularBlock block(settings, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, sec(0));
    while (block.due() < rounds * settings.round) {
      block.step(world, network());
    }
    return world.asked();
  };
  CHECK(asked(1) == 10);
  CHECK(asked(2) == 14);
  CHECK(asked(5) == 26);
  CHECK(asked(8) == 29);
  CHECK(asked(9) == 33);
  CHECK(asked(16) == 40);
  CHECK(asked(17) == 44);
}

TEST_CASE("full outages: told after half a round, and at the latest after one") {
  const Score s = dark_once(2000, 1500, IncidentKind::outage);
  CHECK(s.recall == 1);
  CHECK(s.precision == 1);
  REQUIRE(s.kinds.size() == 1);
  CHECK(s.kinds[0].delay.p50 == Approx(333).margin(20));
  CHECK(s.kinds[0].delay.p99 == Approx(656).margin(10));
  // Half a round either way.
  CHECK(s.onset.greatest_size <= 331);
  CHECK(s.onset_within_stated == 1);
  CHECK(s.macro_f1 == 1);
}

TEST_CASE("one blip of a minute in ten is noticed") {
  const Score s = dark_once(4000, 60, IncidentKind::blip);
  CHECK(s.recall == Approx(0.10).margin(0.02));
}

TEST_CASE("30 % random loss is an outage again and again") {
  // The published figure was found with rounds of 600 s: 337 a month.
  CHECK(onsets_a_month(0.30, 10, 600) == Approx(337).margin(15));
}

TEST_CASE("curated hosts: false outages at 1 % and 2 % loss") {
  // Derived elsewhere as 0.3 and 1.35; the chance of two losses in a row says 0.39 and 1.57.
  CHECK(onsets_a_month(0.01, 100, 660) == Approx(0.39).margin(0.2));
  CHECK(onsets_a_month(0.02, 100, 660) == Approx(1.5).margin(0.35));
}
