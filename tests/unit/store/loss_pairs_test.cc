#include "daemon/store/loss_pairs.h"

#include <random>

#include "daemon/store/block.h"
#include "daemon/store/interval.h"
#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(1h);

/// A simple Gilbert model: losses in runs of that mean length, of that share in all, for ever.
class Gilbert {
 public:
  Gilbert(double loss, double run, std::uint64_t seed)
      : end_(1 / run), begin_(end_ * loss / (1 - loss)), random_(seed) {
    bad_ = draw() < loss;
  }
  bool next() {
    const bool lost = bad_;
    bad_ = bad_ ? draw() >= end_ : draw() < begin_;
    return lost;
  }
  double correlation() const { return 1 - end_ - begin_; }

 private:
  double draw() { return std::generate_canonical<double, 53>(random_); }

  double end_;
  double begin_;
  std::mt19937_64 random_;
  bool bad_ = false;
};

struct Coverage {
  double clustered = 0;    ///< share of the intervals that hold the truth
  double independent = 0;  ///< and of those that take each probe for a witness of its own
};

Coverage coverage(double loss, double run, int probes) {
  constexpr int kWindows = 2000;
  Coverage share;
  for (std::uint64_t seed = 1; seed <= kWindows; ++seed) {
    Gilbert gilbert(loss, run, seed);
    Window window(1h);
    LossPairs pairs(1h);
    for (int i = 0; i < probes; ++i) {
      const bool lost = gilbert.next();
      window.add(kStart + i * 1s, !lost);
      pairs.add(kStart + i * 1s, !lost);
    }
    const Instant until = kStart + probes * 1s;
    const ReplyCount count = window.count(until);
    const auto holds = [&](const Interval& interval) {
      return interval.lower <= 1 - loss && 1 - loss <= interval.upper ? 1.0 / kWindows : 0.0;
    };
    share.clustered += holds(wilson(count.replies, count.probes, pairs.correlation(count, until)));
    share.independent += holds(wilson(count.replies, count.probes));
  }
  return share;
}

}  // namespace

TEST_CASE("an interval of losses that come together holds the truth as often as it says") {
  struct Row {
    double loss;
    double run;
    int probes;
  };
  const auto row = GENERATE(Row{0.3, 1 / 0.7, 1000}, Row{0.3, 3, 500}, Row{0.3, 8, 1000}, Row{0.1, 5, 1500},
                            Row{0.05, 2, 1000}, Row{0.5, 20, 3000});
  INFO("loss " << row.loss << ", runs of " << row.run << ", " << row.probes << " probes");
  const Coverage share = coverage(row.loss, row.run, row.probes);
  CHECK(share.clustered > 0.93);
  CHECK(share.clustered < 0.975);
}

TEST_CASE("as independent witnesses the same probes would say far too much") {
  CHECK(coverage(0.3, 8, 1000).independent < 0.6);
}

TEST_CASE("the correlation is that of the Gilbert model, and never below zero") {
  Gilbert gilbert(0.3, 6, 7);
  Window window(100000s);
  LossPairs pairs(100000s);
  for (int i = 0; i < 50000; ++i) {
    const bool lost = gilbert.next();
    window.add(kStart + i * 1s, !lost);
    pairs.add(kStart + i * 1s, !lost);
  }
  const Instant until = kStart + 50000s;
  CHECK(pairs.correlation(window.count(until), until) == Approx(gilbert.correlation()).margin(0.02));
  CHECK(loss_correlation({100, 50}, {50, 50}) == 0);  // every second one
  CHECK(loss_correlation({100, 100}, {0, 0}) == 0);   // none
  CHECK(loss_correlation({100, 0}, {99, 0}) == 0);    // nothing but
  CHECK(loss_correlation({0, 0}, {0, 0}) == 0);
}

TEST_CASE("what came after losses goes over to a copy and to another run, also where nothing did yet") {
  const int losses = GENERATE(0, 1, 2);
  LossPairs pairs(60s);
  for (int i = 0; i < 10; ++i) pairs.add(kStart + i * 1s, i < 10 - losses);
  const LossPairs copy = pairs;
  LossPairs restored(60s);
  restored.restore(copy.contents(), copy.lost_before(), kStart + 10s);
  for (LossPairs* const each : {&pairs, &restored}) {
    each->add(kStart + 10s, false);
    each->add(kStart + 11s, true);
  }
  const Instant until = kStart + 11s;
  const ReplyCount all{12, static_cast<std::uint64_t>(11 - losses)};
  CHECK(restored.correlation(all, until) == pairs.correlation(all, until));
  CHECK(copy.contents().buckets.size() == static_cast<std::size_t>(losses == 2));
}

TEST_CASE("probes are worth at least one witness") {
  const Interval one = wilson(50, 100, 0.999);
  CHECK(one.lower == Approx(0.0546).margin(0.001));
  CHECK(one.upper == Approx(0.9454).margin(0.001));
  CHECK(wilson(100, 100, 0.5).upper == 1);
  CHECK(wilson(100, 100, 0.5).lower == Approx(wilson(33, 33).lower).margin(0.001));
}

TEST_CASE("a module's windows know how its losses lie, each by itself, and forget it with them") {
  Block block(1, "net", "ping", {60s, 1h});
  std::vector<TargetState> targets(1);
  targets[0].active = true;
  block.replace_targets(std::move(targets));
  // Half an hour ago a run of losses, lately every fourth probe.
  for (int i = 0; i < 600; ++i) block.record(0, kStart + i * 1s, i < 100 || i >= 200);
  for (int i = 1800; i < 2000; ++i) block.record(0, kStart + i * 1s, i % 4 != 0);
  const std::vector<WindowRatio> ratios = block.ratios(kStart + 1999s);
  REQUIRE(ratios[0].probes == 60);
  CHECK(ratios[0].lower == wilson(45, 60).lower);
  CHECK(ratios[0].upper == wilson(45, 60).upper);
  REQUIRE(ratios[1].probes == 800);
  CHECK(ratios[1].lower < wilson(650, 800).lower - 0.02);
  CHECK(ratios[1].upper > wilson(650, 800).upper + 0.02);
  // A window that is new begins without any.
  block.set_windows({60s, 1h, 2h});
  CHECK(block.ratios(kStart + 1999s)[1].lower == ratios[1].lower);
}
