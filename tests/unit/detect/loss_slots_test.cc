#include "daemon/detect/loss_slots.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/detect/scene.h"

using namespace blipd;
using namespace blipd::detect_test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kThird = 1;  ///< the level of 0.3

double sum(const LossSlots& slots, std::size_t level = kThird) { return slots.judge(FakeVantage())[level].sum; }

}  // namespace

TEST_CASE("what a failure and a reply say, by level and by the host's own loss") {
  CHECK(failure_likelihood(0.01)[kThird] == Approx(3.42).margin(0.005));
  CHECK(reply_likelihood(kThird) == Approx(0.357).margin(0.0005));
  // A host that loses every second probe by itself says little.
  CHECK(failure_likelihood(0.5)[kThird] == Approx(0.26).margin(0.005));
  CHECK(failure_likelihood(0.01)[kTotalLoss] == Approx(std::log(98.02)).margin(0.001));
  CHECK(reply_likelihood(kTotalLoss) == Approx(3.912).margin(0.001));
  CHECK(failure_likelihood(0.01)[0] == Approx(std::log(10.9)).margin(0.001));
}

TEST_CASE("the sum rises with failures, falls with replies and is held at zero") {
  LossSlots slots;
  for (int s = 0; s < 10; ++s) slots.add_reply(kStart + s * 1s);
  CHECK(slots.quiet());
  CHECK(sum(slots) == 0);
  slots.add_failure(kStart + 10s, failure_likelihood(0.01));
  slots.add_failure(kStart + 11s, failure_likelihood(0.01));
  slots.add_reply(kStart + 12s);
  CHECK_FALSE(slots.quiet());
  const Suspicion s = slots.judge(FakeVantage())[kThird];
  CHECK(s.sum == Approx(2 * 3.4243 - 0.3567).margin(0.001));
  CHECK(s.since == kStart + 10s);
  CHECK(s.last_reply == kStart + 9s);
  CHECK(s.last_failure == kStart + 11s);
  CHECK(s.failures == 2);
  CHECK(s.replies == 1);
  // 6.85 are taken away by 20 replies.
  for (int i = 0; i < 18; ++i) slots.add_reply(kStart + 13s + i * 1s);
  CHECK(sum(slots) > 0);
  slots.add_reply(kStart + 31s);
  CHECK(sum(slots) == 0);
  slots.add_failure(kStart + 32s, failure_likelihood(0.01));
  CHECK(slots.judge(FakeVantage())[kThird].since == kStart + 32s);
  CHECK(slots.judge(FakeVantage())[kThird].last_reply == kStart + 31s);
}

TEST_CASE("the loss began between the reply before and the first failure, in the same second too") {
  LossSlots slots;
  slots.add_reply(kStart + 100ms);
  slots.add_failure(kStart + 300ms, failure_likelihood(0.01));
  slots.add_failure(kStart + 700ms, failure_likelihood(0.01));
  const Suspicion s = slots.judge(FakeVantage())[kThird];
  CHECK(s.since == kStart + 300ms);
  CHECK(s.last_reply == kStart + 100ms);
  CHECK(s.replies == 0);
}

TEST_CASE("failures come seconds after replies, in any order, and the sums are the same") {
  struct Outcome {
    Duration at;
    bool reply;
  };
  std::vector<Outcome> outcomes;
  for (int s = 0; s < 50; ++s) {
    outcomes.push_back({s * 1s, true});
    if (s % 3 != 0) outcomes.push_back({s * 1s + 400ms, false});
  }
  const auto fed = [&](const auto& order) {
    LossSlots slots;
    for (const Outcome& o : outcomes) {
      if (o.reply) slots.add_reply(kStart + o.at);
    }
    std::vector<Outcome> failures;
    std::copy_if(outcomes.begin(), outcomes.end(), std::back_inserter(failures),
                 [](const auto& o) { return !o.reply; });
    std::sort(failures.begin(), failures.end(), order);
    for (const Outcome& o : failures) slots.add_failure(kStart + o.at, failure_likelihood(0.01));
    return slots.judge(FakeVantage());
  };
  const auto forward = fed([](const Outcome& a, const Outcome& b) { return a.at < b.at; });
  const auto backward = fed([](const Outcome& a, const Outcome& b) { return a.at > b.at; });
  const auto mixed = fed([](const Outcome& a, const Outcome& b) { return a.at / 1s % 7 < b.at / 1s % 7; });
  for (std::size_t level = 0; level < kLossLevels.size(); ++level) {
    CHECK(backward[level].sum == Approx(forward[level].sum));
    CHECK(mixed[level].sum == Approx(forward[level].sum));
    CHECK(backward[level].since == forward[level].since);
    CHECK(backward[level].failures == forward[level].failures);
  }
  // But for the replies of the first two seconds, which came before the first failure.
  CHECK(forward[kThird].sum == Approx(33 * 3.4243 - 48 * 0.3567).margin(0.05));
}

TEST_CASE("what was answered earlier in a second says nothing against a loss that begins after it") {
  LossSlots slots;
  // Sixteen hosts, five times a second, for a minute; from the middle of a second on none answers. Of each host two
  // failures count.
  for (int i = 0; i < 60 * 80; ++i) slots.add_reply(kStart + i * 12500us);
  const Instant dark = kStart + 60s + 400ms;
  for (int i = 0; i < 32; ++i) slots.add_reply(kStart + 60s + i * 12500us);
  for (int i = 0; i < 32; ++i) slots.add_failure(dark + i * 12500us, failure_likelihood(0.01));
  const Suspicion total = slots.judge(FakeVantage())[kTotalLoss];
  CHECK(total.sum == Approx(LossSlots::kMostPerSecond * failure_likelihood(0.01)[kTotalLoss]).epsilon(0.01));
  CHECK(total.since == dark);
  CHECK(total.replies == 0);
  CHECK(total.failures == 32);
}

TEST_CASE("a failure of a second of which nothing was known counts all the same") {
  LossSlots slots;
  slots.add_reply(kStart);
  slots.add_reply(kStart + 5s);
  slots.add_failure(kStart + 3s, failure_likelihood(0.01));
  CHECK(slots.judge(FakeVantage())[kThird].since == kStart + 3s);
  CHECK(slots.judge(FakeVantage())[kThird].failures == 1);
}

TEST_CASE("what is taken back was a reply") {
  LossSlots slots;
  LossSlots never;
  for (int s = 0; s < 5; ++s) {
    const Instant at = kStart + s * 1s;
    slots.add_failure(at, failure_likelihood(0.01));
    slots.add_failure(at + 500ms, failure_likelihood(0.2));
    never.add_reply(at);
    never.add_failure(at + 500ms, failure_likelihood(0.2));
  }
  for (int s = 4; s >= 0; --s) slots.take_back(kStart + s * 1s, failure_likelihood(0.01));
  // When the first failure of a second is taken back, the time of the next is not known: the reply counts against it.
  CHECK(sum(slots) == Approx(sum(never) - reply_likelihood(kThird)).margin(1e-4));
  for (int s = 0; s < 5; ++s) slots.take_back(kStart + s * 1s + 500ms, failure_likelihood(0.2));
  CHECK(slots.quiet());
  CHECK(sum(slots) == 0);
  // Nothing is there to be taken back any more.
  slots.take_back(kStart, failure_likelihood(0.01));
  CHECK(slots.quiet());
}

TEST_CASE("seconds in which our own side was ill are left out") {
  LossSlots slots;
  slots.add_reply(kStart);
  for (int s = 1; s < 9; ++s) slots.add_failure(kStart + s * 1s, failure_likelihood(0.01));
  FakeVantage vantage;
  vantage.ill = {kStart + 1s, kStart + 6s};
  const Suspicion s = slots.judge(vantage)[kThird];
  CHECK(s.sum == Approx(2 * 3.4243).margin(0.001));
  CHECK(s.since == kStart + 7s);
  CHECK(s.failures == 2);
}

TEST_CASE("a second look sees what was told since the first, and what our own side turned out to be") {
  LossSlots slots;
  FakeVantage vantage;
  const Likelihood likelihood = failure_likelihood(0.01);
  const auto look = [&] { return slots.judge(vantage)[kThird].sum; };
  for (int s = 0; s < 4; ++s) slots.add_failure(kStart + s * 1s, likelihood);
  CHECK(look() == Approx(4 * 3.4243).margin(0.001));
  CHECK(look() == Approx(4 * 3.4243).margin(0.001));
  slots.add_reply(kStart + 4s);
  CHECK(look() == Approx(4 * 3.4243 - 0.3567).margin(0.001));
  slots.add_failure(kStart + 5s, likelihood);
  CHECK(look() == Approx(5 * 3.4243 - 0.3567).margin(0.001));
  vantage.ill = {kStart, kStart + 1s};
  CHECK(look() == Approx(3 * 3.4243 - 0.3567).margin(0.001));
  vantage.ill = {kStart, kStart + 2s};
  CHECK(look() == Approx(2 * 3.4243 - 0.3567).margin(0.001));
  slots.withdraw(kStart + 5s, likelihood);
  CHECK(look() == Approx(3.4243 - 0.3567).margin(0.001));
  slots.take_back(kStart + 3s, likelihood);
  CHECK(look() == 0);
  vantage.ill.reset();
  CHECK(look() > 0);
  slots.clear();
  CHECK(look() == 0);
}

TEST_CASE("what is not kept any more stays in the sum") {
  LossSlots slots;
  slots.add_reply(kStart);
  for (int s = 1; s <= 200; ++s) slots.add_failure(kStart + s * 1s, failure_likelihood(0.2));
  Suspicion s = slots.judge(FakeVantage())[kThird];
  CHECK(s.sum == Approx(200 * std::log(0.44 / 0.2)).epsilon(1e-4));
  CHECK(s.since == kStart + 1s);
  CHECK(s.last_reply == kStart);
  CHECK(s.failures == 200);
  // Nothing of it is kept, and it is still not quiet, until replies have outweighed it.
  for (int i = 0; i < 70; ++i) slots.add_reply(kStart + 201s + i * 1s);
  CHECK_FALSE(slots.quiet());
  CHECK(sum(slots) == Approx(200 * std::log(0.44 / 0.2) - 70 * 0.35667).epsilon(1e-4));
  // What comes too late for what is kept is nowhere to be entered.
  slots.add_failure(kStart, failure_likelihood(0.2));
  slots.take_back(kStart + 1s, failure_likelihood(0.2));
  CHECK(slots.judge(FakeVantage())[kThird].failures == 200);
  for (int i = 0; i < 1000; ++i) slots.add_reply(kStart + 271s + i * 1s);
  CHECK(slots.quiet());
}

TEST_CASE("probes of one second are no independent witnesses") {
  const int probes = GENERATE(4, 8, 16, 400);
  LossSlots slots;
  for (int i = 0; i < probes; ++i) slots.add_failure(kStart + i * 1ms, failure_likelihood(0.01));
  CHECK(sum(slots) == Approx(std::min<double>(probes, LossSlots::kMostPerSecond) * 3.4243).epsilon(1e-3));
  CHECK(slots.judge(FakeVantage())[kThird].failures == static_cast<std::uint64_t>(probes));
}

TEST_CASE("seconds with failures come and go without end, and what they leave is what a fresh book would hold") {
  // Failures of a second stand in a place that another second had before.
  LossSlots slots;
  const Likelihood likelihood = failure_likelihood(0.01);
  for (int s = 0; s < 1000; ++s) {
    slots.add_reply(kStart + s * 1s);
    if (s % 3 == 0) slots.add_failure(kStart + s * 1s + 1ms, likelihood);
    if (s % 6 == 0) slots.take_back(kStart + s * 1s + 1ms, likelihood);
    if (s % 2 == 0) slots.add_failure(kStart + s * 1s + 2ms, likelihood);
    if (s % 2 == 0) slots.withdraw(kStart + s * 1s + 2ms, likelihood);
  }
  for (int s = 1000; s < 1600; ++s) {
    for (int i = 0; i < 20; ++i) slots.add_reply(kStart + s * 1s);
  }
  CHECK(slots.quiet());
  LossSlots fresh;
  for (LossSlots* const book : {&slots, &fresh}) {
    book->add_failure(kStart + 1600s, likelihood);
    book->add_reply(kStart + 1601s);
    book->add_failure(kStart + 1602s, likelihood);
  }
  const Suspicion left = slots.judge(FakeVantage())[kThird];
  const Suspicion expected = fresh.judge(FakeVantage())[kThird];
  CHECK(left.sum == Approx(expected.sum));
  CHECK(left.failures == expected.failures);
  CHECK(left.since == expected.since);
  slots.clear();
  CHECK(slots.quiet());
  CHECK(sum(slots) == 0);
}
