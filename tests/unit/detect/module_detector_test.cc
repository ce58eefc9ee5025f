#include "daemon/detect/module_detector.h"

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

/// Feeds a detector as the store does: hosts in turn, one probe each per second.
class Feed {
 public:
  explicit Feed(std::uint64_t hosts) : runs_(hosts) { detector.configure({0.05, 0.95, {60s, 300s}}); }

  template <class Answers>
  State seconds(int n, Answers&& answers) {
    for (int s = 0; s < n; ++s) {
      for (std::size_t host = 0; host < runs_.size(); ++host) {
        const bool reply = answers(host, step_++);
        runs_[host] = reply ? 0 : runs_[host] + 1;
        const Instant sent = at_ + host * 1s / runs_.size();
        detector.on_booked(sent, reply, runs_[host], runs_.size());
        HostConditions hosts;
        for (const unsigned run : runs_) {
          ++(run == 0 ? hosts.responding : run < kSilentAfter ? hosts.wavering : hosts.silent);
        }
        const State before = detector.state();
        const State now = detector.evaluate(sent, 1s, hosts);
        if (now != before) changes.push_back(now);
      }
      at_ += 1s;
    }
    return detector.state();
  }

  ModuleDetector detector;
  std::vector<State> changes;  ///< every state entered, in order

 private:
  std::vector<unsigned> runs_;
  Instant at_{1h};
  std::uint64_t step_ = 0;
};

bool every(std::uint64_t step, std::uint64_t n) { return step % n != n - 1; }

}  // namespace

TEST_CASE("guard: how many silent hosts chance explains") {
  // shared figures: P[Bin(16, .01) >= 4] = 1.7e-5, P[Bin(8, .01) >= 3] = 5.4e-5, P[Bin(4, .01) >= 3] = 4e-6
  CHECK(silent_beyond_chance(1) == 1);
  CHECK(silent_beyond_chance(3) == 3);
  CHECK(silent_beyond_chance(4) == 3);
  CHECK(silent_beyond_chance(8) == 3);
  CHECK(silent_beyond_chance(16) == 4);
  CHECK(silent_beyond_chance(1000000) > 10000);
  CHECK(silent_beyond_chance(1000000) < 11000);
}

TEST_CASE("states of a network of sixteen hosts by its loss") {
  struct Row {
    std::uint64_t lost_of_100;
    State state;
  };
  const Row row = GENERATE(Row{0, State::up}, Row{1, State::up}, Row{10, State::spotty}, Row{30, State::spotty},
                           Row{90, State::spotty}, Row{99, State::down}, Row{100, State::down});
  Feed feed(16);
  // 37 has no common divisor with 100: losses fall on all hosts in turn.
  feed.seconds(120, [&](std::size_t, std::uint64_t step) { return step * 37 % 100 >= row.lost_of_100; });
  CAPTURE(row.lost_of_100);
  CHECK(feed.detector.state() == row.state);
}

TEST_CASE("an outage is down within a few seconds and up again as fast, never spotty in between") {
  Feed feed(16);
  feed.seconds(120, [](std::size_t, std::uint64_t) { return true; });
  CHECK(feed.seconds(6, [](std::size_t, std::uint64_t) { return false; }) == State::down);
  feed.seconds(300, [](std::size_t, std::uint64_t) { return false; });
  CHECK(feed.seconds(2, [](std::size_t, std::uint64_t) { return true; }) == State::up);
  feed.seconds(120, [](std::size_t, std::uint64_t) { return true; });
  CHECK(feed.changes == std::vector<State>{State::up, State::down, State::up});
}

TEST_CASE("a part of the network that falls silent makes it spotty, and its return up") {
  Feed feed(16);
  feed.seconds(120, [](std::size_t, std::uint64_t) { return true; });
  feed.seconds(30, [](std::size_t host, std::uint64_t) { return host >= 5; });
  feed.seconds(30, [](std::size_t, std::uint64_t) { return true; });
  CHECK(feed.changes == std::vector<State>{State::up, State::spotty, State::up});
}

TEST_CASE("hysteresis: loss around the threshold does not make the state go to and fro") {
  Feed feed(16);
  int changes = 0;
  State before = State::unknown;
  for (int s = 0; s < 600; ++s) {
    const State now = feed.seconds(1, [](std::size_t, std::uint64_t step) { return every(step, 20); });
    changes += now != before ? 1 : 0;
    before = now;
  }
  CHECK(changes <= 2);
}

TEST_CASE("a network that comes back lossy goes from down to spotty") {
  Feed feed(16);
  feed.seconds(60, [](std::size_t, std::uint64_t) { return false; });
  REQUIRE(feed.detector.state() == State::down);
  CHECK(feed.seconds(10, [](std::size_t, std::uint64_t step) { return step % 2 == 0; }) == State::spotty);
}

TEST_CASE("one answer in the middle of an outage does not end it") {
  Feed feed(16);
  feed.seconds(60, [](std::size_t, std::uint64_t) { return false; });
  for (int i = 0; i < 10; ++i) {
    CHECK(feed.seconds(5, [](std::size_t host, std::uint64_t step) { return host == 3 && step % 80 == 3; }) ==
          State::down);
  }
}

TEST_CASE("too few probes, or none for long, is unknown") {
  Feed feed(1);
  CHECK(feed.seconds(3, [](std::size_t, std::uint64_t) { return false; }) == State::unknown);
  feed.seconds(120, [](std::size_t, std::uint64_t) { return true; });
  REQUIRE(feed.detector.state() == State::up);
  CHECK(feed.detector.evaluate(Instant(1h) + 400s, 1s, {1, 0, 0}) == State::unknown);
}
