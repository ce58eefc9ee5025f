#include "daemon/service/fault_log.h"

#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "probes/result.h"
#include "tests/support/catch.h"
#include "tests/unit/service/fake_log.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;
using test::FakeLog;
using Lines = std::vector<std::string>;

struct Fixture {
  FakeLog log;
  FaultLog faults{log};
  Snapshot snapshot;
  Duration now = 1h;
  std::chrono::nanoseconds wall_ahead = 1000h;

  /// What is written a second later.
  Lines look(std::uint64_t accept_failures = 0) {
    now += 1s;
    faults.compare(snapshot, accept_failures, {Instant(now), now + wall_ahead, Instant(now)});
    return log.take();
  }
  /// What is written in so many seconds in which nothing grows.
  Lines quiet(int seconds, std::uint64_t accept_failures = 0) {
    Lines all;
    for (int i = 0; i < seconds; ++i) {
      for (std::string& line : look(accept_failures)) all.push_back(std::move(line));
    }
    return all;
  }
};

TEST_CASE("a fault is told when it begins and when it is over, not for each packet") {
  Fixture f;
  CHECK(f.look().empty());
  f.snapshot.refused = {40, EPERM};
  CHECK(f.look() ==
        Lines{"warn: our kernel refuses packets; their probes are void packets=40 error=" + describe_errno(EPERM)});
  for (int i = 0; i < 30; ++i) {
    f.snapshot.refused.packets += 100;
    CHECK(f.look().empty());
  }
  CHECK(f.quiet(9).empty());
  CHECK(f.quiet(20) == Lines{"info: our kernel takes packets again packets=3040 lasted_seconds=30"});
  f.snapshot.refused.packets += 1;
  CHECK(f.look().size() == 1);
}

TEST_CASE("each kind of fault has its own lines") {
  Fixture f;
  f.look();
  f.snapshot.unroutable = {3, ENETUNREACH};
  f.snapshot.receive_drops = 5;
  f.snapshot.resolve_failures = 1;
  NetworkSnapshot network;
  ModuleSnapshot module;
  module.probes.missed = 7;
  network.modules = {module};
  f.snapshot.networks = {network};
  CHECK(f.look(2) == Lines{"warn: our kernel has no way for packets; their probes are void packets=3 error=" +
                               describe_errno(ENETUNREACH),
                           "warn: the receive queue was full; the probes of that time are void dropped=5",
                           "warn: probes are missed: this machine is held up, or too slow for the plan missed=7",
                           "warn: names cannot be resolved; their last addresses stay in use failures=1",
                           "warn: the web server can accept no connections failures=2"});
  CHECK(f.quiet(30, 2) == Lines{"info: our kernel has a way for packets again packets=3 lasted_seconds=0",
                                "info: the receive queue is no longer full dropped=5 lasted_seconds=0",
                                "info: no probes are missed any more missed=7 lasted_seconds=0",
                                "info: the web server accepts connections again failures=2 lasted_seconds=0"});
  CHECK(f.quiet(150, 2) == Lines{"info: names can be resolved again failures=1 lasted_seconds=0"});
}

TEST_CASE("some strangers are no flood") {
  Fixture f;
  for (int i = 0; i < 20; ++i) {
    f.snapshot.stray += 499;
    f.snapshot.forged += 500;
    CHECK(f.look().empty());
  }
  f.snapshot.stray += 1000;
  CHECK(f.look() == Lines{"warn: a flood of answers to nothing we sent answers=1000"});
}

TEST_CASE("a counter that goes with its network is no fault") {
  Fixture f;
  NetworkSnapshot network;
  network.modules.resize(1);
  network.modules[0].probes.missed = 7;
  f.snapshot.networks = {network};
  f.look();
  f.quiet(20);
  f.snapshot.networks.clear();
  CHECK(f.quiet(5).empty());
  f.snapshot.networks = {network};
  CHECK(f.look().size() == 1);
}

TEST_CASE("a wall clock that is set is told once, with how far; one that is slewed is not") {
  Fixture f;
  f.look();
  f.wall_ahead += 1h;
  CHECK(f.look() == Lines{"warn: the wall clock was set seconds=3600"});
  CHECK(f.quiet(5).empty());
  f.wall_ahead -= 2h;
  CHECK(f.look() == Lines{"warn: the wall clock was set seconds=-7200"});
  for (int i = 0; i < 100; ++i) {
    f.wall_ahead += 500us;
    CHECK(f.look().empty());
  }
}

TEST_CASE("two clocks that were not read at once are no step") {
  Fixture f;
  f.look();
  // Held up for half a second between the readings.
  f.now += 1s;
  f.faults.compare(f.snapshot, 0, {Instant(f.now), f.now + f.wall_ahead + 500ms, Instant(f.now + 500ms)});
  CHECK(f.log.take().empty());
  f.now += 1s;
  CHECK(f.look().empty());
}

TEST_CASE("a suspension is told with how long it was") {
  Fixture f;
  f.look();
  f.snapshot.suspended = 90s;
  CHECK(f.look() == Lines{"warn: the machine was suspended; probes that were on their way are void seconds=90"});
  f.snapshot.suspended = 100s;
  CHECK(f.look() == Lines{"warn: the machine was suspended; probes that were on their way are void seconds=10"});
  CHECK(f.look().empty());
}

}  // namespace
}  // namespace blipd
