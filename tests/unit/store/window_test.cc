#include "daemon/store/window.h"

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(1h);

Window filled() {
  Window window(60s);
  for (int s = 0; s < 40; ++s) {
    if (s >= 10 && s < 15) continue;
    window.add(kStart + s * 1s, s % 4 != 0);
  }
  return window;
}

}  // namespace

TEST_CASE("a window that is taken over counts as the one it came from, and the gap is empty") {
  const WindowContents contents = filled().contents();
  CHECK(contents.first == kStart);
  REQUIRE(contents.buckets.size() == 40);
  CHECK(contents.buckets[0].probes == 1);
  CHECK(contents.buckets[0].replies == 0);
  CHECK(contents.buckets[12].probes == 0);

  Window window(60s);
  window.restore(contents, kStart + 50s);
  for (const Duration later : {39s, 50s, 59s, 70s, 98s, 99s, 200s}) {
    CHECK(window.count(kStart + later).probes == filled().count(kStart + later).probes);
    CHECK(window.count(kStart + later).replies == filled().count(kStart + later).replies);
  }
  window.add(kStart + 55s, true);
  CHECK(window.count(kStart + 55s).probes == 36);
}

TEST_CASE("an empty window has no contents, and taking them over empties") {
  CHECK(Window(60s).contents().buckets.empty());
  Window window = filled();
  window.restore({}, kStart + 50s);
  CHECK(window.count(kStart + 39s).probes == 0);
}

TEST_CASE("what a run before the boot saw lies before the beginning of time") {
  WindowContents contents = filled().contents();
  contents.first = Instant(-70s);
  Window window(60s);
  window.restore(contents, Instant(5s));
  CHECK(window.count(Instant(-31s)).probes == 35);
  // The sixty buckets up to 5 s begin with that of -54 s.
  CHECK(window.count(Instant(5s)).probes == 24);
  window.add(Instant(6s), true);
  CHECK(window.count(Instant(6s)).probes == 24);
  CHECK(window.count(Instant(20s)).probes == 10);
}

TEST_CASE("buckets that begin elsewhere go where their middle lies, and none is lost") {
  WindowContents contents = filled().contents();
  contents.first += 499ms;
  Window window(60s);
  window.restore(contents, kStart + 50s);
  CHECK(window.contents().first == kStart);
  CHECK(window.count(kStart + 45s).probes == 35);
  contents.first += 2ms;
  window.restore(contents, kStart + 50s);
  CHECK(window.contents().first == kStart + 1s);
  CHECK(window.count(kStart + 45s).probes == 35);
}

TEST_CASE("a window does not wait for a future that a clock promised") {
  Window window(60s);
  window.restore(filled().contents(), kStart + 20s);
  CHECK(window.count(kStart + 20s).probes == 16);
  window.add(kStart + 21s, true);
  CHECK(window.count(kStart + 21s).probes == 17);
}

TEST_CASE("a bucket holds more than 65,535 probes, and those around it are still there") {
  Window window(60s);
  for (int s = 0; s < 3; ++s) {
    for (int i = 0; i < (s == 1 ? 70'000 : 10); ++i) window.add(kStart + s * 1s, i % 10 != 0);
  }
  CHECK(window.count(kStart + 2s).probes == 70'020);
  CHECK(window.count(kStart + 2s).replies == 63'018);
  CHECK(window.since(kStart + 2s).probes == 10);
  const WindowContents contents = window.contents();
  REQUIRE(contents.buckets.size() == 3);
  CHECK(contents.buckets[1].probes == 70'000);
  Window other(60s);
  other.restore(contents, kStart + 2s);
  CHECK(other.count(kStart + 2s).probes == 70'020);
  CHECK(other.count(kStart + 61s).probes == 10);
  other.add(kStart + 62s, true);
  CHECK(other.count(kStart + 62s).probes == 1);
  other.clear();
  CHECK(other.count(kStart + 62s).probes == 0);
}

TEST_CASE("what a window counts is what lies within it") {
  std::mt19937_64 random(3);
  Window window(60s);
  std::vector<std::pair<std::int64_t, bool>> told;  // second after kStart
  std::int64_t second = 0;
  for (int i = 0; i < 3000; ++i) {
    // Mostly in order, now and then a pause of up to three windows.
    second += random() % 50 == 0 ? static_cast<std::int64_t>(random() % 180) : static_cast<std::int64_t>(random() % 2);
    const std::int64_t sent = second - static_cast<std::int64_t>(random() % 3);
    const bool reply = random() % 4 != 0;
    window.add(kStart + sent * 1s, reply);
    told.emplace_back(sent, reply);
    const std::int64_t until = second - 3 + static_cast<std::int64_t>(random() % 70);
    const auto expected = [&](std::int64_t from, std::int64_t to) {
      ReplyCount count;
      for (const auto& [at, replied] : told) {
        if (at < from || at > to || at <= second - 60) continue;
        ++count.probes;
        count.replies += replied ? 1U : 0U;
      }
      return count;
    };
    const std::int64_t newest = std::max_element(told.begin(), told.end())->first;
    if (newest != second) continue;
    REQUIRE(window.count(kStart + until * 1s).probes == expected(until - 59, until).probes);
    REQUIRE(window.count(kStart + until * 1s).replies == expected(until - 59, until).replies);
    REQUIRE(window.since(kStart + until * 1s).replies == expected(until, newest).replies);
  }
}
