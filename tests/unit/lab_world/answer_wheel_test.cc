#include "tests/lab/world/answer_wheel.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

/// Pushes an answer that can be told from all others.
void push(AnswerWheel& wheel, std::uint32_t mark, Elapsed at) {
  const auto room = wheel.room();
  REQUIRE(room.size() == kMtu);
  std::memcpy(room.data(), &mark, sizeof mark);
  wheel.push(sizeof mark, at);
}

std::vector<std::uint32_t> due(AnswerWheel& wheel, Elapsed now) {
  std::vector<std::uint32_t> marks;
  for (auto bytes = wheel.pop_due(now); !bytes.empty(); bytes = wheel.pop_due(now)) {
    REQUIRE(bytes.size() == sizeof(std::uint32_t));
    std::memcpy(&marks.emplace_back(), bytes.data(), bytes.size());
  }
  return marks;
}

TEST_CASE("an answer leaves at its time, not before and at most a tick behind") {
  for (const Elapsed at : std::vector<Elapsed>{1ns, AnswerWheel::kTick, 20ms, 4200ms, 90s, 30h}) {
    AnswerWheel wheel;
    CHECK_FALSE(wheel.next_at());
    push(wheel, 7, at);
    CHECK(wheel.waiting() == 1);
    REQUIRE(wheel.next_at());
    CHECK(*wheel.next_at() <= at + AnswerWheel::kTick);
    CHECK(due(wheel, at - 1ns).empty());
    CHECK(due(wheel, at + AnswerWheel::kTick) == std::vector<std::uint32_t>{7});
    CHECK(wheel.waiting() == 0);
    CHECK_FALSE(wheel.next_at());
  }
}

TEST_CASE("who asks again when told to gets every answer in time, and asks little more often than there are answers") {
  AnswerWheel wheel;
  std::mt19937_64 random(5);
  for (std::uint32_t i = 0; i < 1000; ++i)
    push(wheel, i, Elapsed(static_cast<std::int64_t>(random() % 60'000'000'000)));
  std::size_t came = 0;
  std::size_t asked = 0;
  for (; wheel.next_at(); ++asked) came += due(wheel, *wheel.next_at()).size();
  CHECK(came == 1000);
  CHECK(asked < 8 * 1000);
}

TEST_CASE("answers leave in the order of their ticks, and those of one tick in the order of their coming") {
  AnswerWheel wheel;
  std::mt19937_64 random(11);
  // What a sorted list of (tick, number) would give, under pushes and looks at random moments.
  std::multimap<std::int64_t, std::uint32_t> expected;
  Elapsed now{};
  std::uint32_t number = 0;
  for (int step = 0; step < 3000; ++step) {
    for (std::uint64_t i = random() % 8; i > 0; --i) {
      const std::uint64_t span = std::uint64_t{1} << (random() % 36);
      const Elapsed at = now + Elapsed(static_cast<std::int64_t>(random() % span));
      push(wheel, number, at);
      const std::int64_t tick = (at.count() + AnswerWheel::kTick.count() - 1) / AnswerWheel::kTick.count();
      expected.emplace(tick, number++);
    }
    now += Elapsed(static_cast<std::int64_t>(random() % (std::uint64_t{1} << (random() % 34))));
    std::vector<std::uint32_t> wanted;
    while (!expected.empty() && expected.begin()->first <= now.count() / AnswerWheel::kTick.count()) {
      wanted.push_back(expected.begin()->second);
      expected.erase(expected.begin());
    }
    REQUIRE(due(wheel, now) == wanted);
    REQUIRE(wheel.waiting() == expected.size());
  }
  CHECK(number > 9000);
}

TEST_CASE("an answer that is pushed behind its time leaves at once") {
  AnswerWheel wheel;
  CHECK(due(wheel, 10s).empty());
  push(wheel, 1, 2s);
  push(wheel, 2, 9s);
  CHECK(*wheel.next_at() <= 10s);
  CHECK(due(wheel, 10s) == std::vector<std::uint32_t>{1, 2});
}

TEST_CASE("there is room for so many, and room again when one has left") {
  AnswerWheel wheel(1500);  // no whole number of the pieces in which memory is taken
  for (std::uint32_t i = 0; i < 1500; ++i) push(wheel, i, 1s);
  CHECK(wheel.room().empty());
  CHECK(wheel.room().empty());
  const auto first = wheel.pop_due(2s);
  CHECK_FALSE(first.empty());
  CHECK(wheel.room().empty());  // the one that left is still looked at
  CHECK_FALSE(wheel.pop_due(2s).empty());
  push(wheel, 9999, 3s);
  CHECK(wheel.room().empty());
  CHECK(due(wheel, 2s).size() == 1498);
  CHECK(due(wheel, 4s) == std::vector<std::uint32_t>{9999});
}

TEST_CASE("room that was not used is handed out again") {
  AnswerWheel wheel(1);
  CHECK(wheel.room().data() == wheel.room().data());
  push(wheel, 1, 1s);
  CHECK(wheel.room().empty());
}

}  // namespace
}  // namespace blipd::lab
