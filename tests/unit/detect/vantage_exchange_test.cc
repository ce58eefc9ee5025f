#include "daemon/detect/vantage_exchange.h"

#include <chrono>
#include <memory>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

const Instant kStart{1h};

}  // namespace

TEST_CASE("there is no verdict before the first, and then the newest; whoever has an older one keeps it") {
  VantageExchange exchange(2);
  CHECK(exchange.verdict() == nullptr);
  VantageVerdict verdict;
  verdict.judged = kStart;
  exchange.publish(verdict);
  const std::shared_ptr<const VantageVerdict> first = exchange.verdict();
  verdict.judged = kStart + 250ms;
  verdict.vantage.on_common_silence(kStart - 3s, kStart);
  exchange.publish(verdict);
  CHECK(first->judged == kStart);
  CHECK_FALSE(first->vantage.ill_during(kStart - 2s, kStart - 1s));
  CHECK(exchange.verdict()->judged == kStart + 250ms);
  CHECK(exchange.verdict()->vantage.ill_during(kStart - 2s, kStart - 1s));
}

TEST_CASE("what is told adds up until it is taken, once") {
  VantageExchange exchange(3);
  VantageEvidence evidence;
  evidence.add_sends(kStart + 100ms, 10, 1);
  evidence.add_sends(kStart + 900ms, 10, 2);
  evidence.add_sends(kStart + 1100ms, 5, 0);
  evidence.add_fault(kStart - 9s, kStart - 8s);
  evidence.curious = true;
  evidence.silence.living = 4;
  exchange.tell(1, evidence);
  evidence.clear();
  evidence.add_sends(kStart + 1200ms, 7, 1);
  evidence.silence.living = 5;
  exchange.tell(1, evidence);

  std::vector<VantageEvidence> taken = exchange.take();
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].sends.empty());
  CHECK(taken[2].sends.empty());
  REQUIRE(taken[1].sends.size() == 2);
  CHECK(taken[1].sends[0].second == kStart);
  CHECK(taken[1].sends[0].tried == 20);
  CHECK(taken[1].sends[0].refused == 3);
  CHECK(taken[1].sends[1].second == kStart + 1s);
  CHECK(taken[1].sends[1].tried == 12);
  CHECK(taken[1].sends[1].refused == 1);
  REQUIRE(taken[1].faults.size() == 1);
  CHECK(taken[1].faults[0].to == kStart - 8s);
  CHECK(taken[1].curious);
  CHECK(taken[1].silence.living == 5);

  taken = exchange.take();
  CHECK(taken[1].sends.empty());
  CHECK(taken[1].faults.empty());
  CHECK_FALSE(taken[1].curious);
  CHECK(taken[1].silence.living == 5);  // how it is, not what is new
}

TEST_CASE("nobody who takes it: what is told stays small") {
  VantageExchange exchange(2);
  VantageEvidence evidence;
  for (int second = 0; second < 10'000; ++second) {
    evidence.add_sends(kStart + second * 1s, 10, 0);
    exchange.tell(1, evidence);
    evidence.clear();
  }
  CHECK(exchange.take()[1].sends.size() <= 60);
}
