// Probes beside the rounds, within every limit.
#include <chrono>
#include <vector>

#include "daemon/schedule/schedule.h"
#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(1h);
constexpr double kNoReserve = 0;

/// Blocks of four hosts in two prefixes, numbered as the network is.
ScheduledBlock block(std::uint32_t id, bool mine = false) {
  ScheduledBlock b;
  b.block = id;
  b.network = id;
  b.mine = mine;
  b.targets = 4;
  b.round = 10s;
  if (!mine) b.prefixes = {0, 0, 1, 1};
  return b;
}

std::size_t due_at(Schedule& schedule, Instant now) {
  std::vector<DueProbe> due;
  std::vector<MissedProbes> missed;
  schedule.take(now, 1000, due, missed);
  return due.size();
}

}  // namespace

TEST_CASE("without limits every known target may be asked, and nobody else") {
  Schedule schedule(1);
  schedule.set_limits({}, {});
  schedule.put(block(1, true), kStart);
  for (std::uint32_t i = 0; i < 100; ++i) CHECK(schedule.admit(1, i % 4, kNoReserve, kStart));
  CHECK_FALSE(schedule.admit(2, 0, kNoReserve, kStart));
  schedule.remove(1);
  CHECK_FALSE(schedule.admit(1, 0, kNoReserve, kStart));
}

TEST_CASE("a prefix is asked once a second at most, by whomever; another one may be asked instead") {
  Schedule schedule(1);
  schedule.set_limits({1e6, 0.39, 0}, {Schedule::kNew, Schedule::kNew});
  schedule.put(block(1), kStart);
  CHECK(schedule.admit(1, 0, kNoReserve, kStart));
  CHECK_FALSE(schedule.admit(1, 1, kNoReserve, kStart + 999ms));
  CHECK(schedule.admit(1, 2, kNoReserve, kStart + 999ms));
  CHECK(schedule.admit(1, 1, kNoReserve, kStart + 1s));
}

TEST_CASE("what is asked beside the rounds is taken from what the rounds may send") {
  Schedule schedule(1);
  schedule.set_limits({1e6, 0.39, 0}, {Schedule::kNew, Schedule::kNew});
  schedule.put(block(1), kStart);
  int admitted = 0;
  for (int s = 0; s < 60; ++s) admitted += schedule.admit(1, 0, kNoReserve, kStart + s * 1s) ? 1 : 0;
  // A bucket of ten, and 0.39 a second.
  CHECK(admitted >= 32);
  CHECK(admitted <= 34);
}

TEST_CASE("of a network that is mine only the daemon's own limit holds") {
  Schedule schedule(1);
  schedule.set_limits({10, 0.39, 20}, {});
  schedule.put(block(1, true), kStart);
  int admitted = 0;
  for (int i = 0; i < 200; ++i) admitted += schedule.admit(1, 0, kNoReserve, kStart) ? 1 : 0;
  CHECK(admitted == 64);
  CHECK_FALSE(schedule.admit(1, 0, kNoReserve, kStart + 50ms));
  CHECK(schedule.admit(1, 0, kNoReserve, kStart + 200ms));
}

TEST_CASE("an hourly allowance begins empty, so that no time since then has more") {
  Schedule schedule(1);
  schedule.set_limits({1e6, 1000, 20}, {Schedule::kNew, Schedule::kNew});
  schedule.put(block(1), kStart);
  CHECK_FALSE(schedule.admit(1, 0, kNoReserve, kStart));
  CHECK_FALSE(schedule.admit(1, 0, kNoReserve, kStart + 179s));
  CHECK(schedule.admit(1, 0, kNoReserve, kStart + 181s));
  CHECK_FALSE(schedule.admit(1, 1, kNoReserve, kStart + 182s));
  int admitted = 0;
  for (Duration at = 182s; at < 1h; at += 1s) {
    admitted += schedule.admit(1, static_cast<std::uint32_t>(at / 1s) % 4, kNoReserve, kStart + at) ? 1 : 0;
  }
  CHECK(admitted == 18);
}

TEST_CASE("of an hourly allowance a reserve is left for the rounds") {
  Schedule schedule(1);
  schedule.set_limits({1e6, 1000, 20}, {Schedule::kNew, Schedule::kNew});
  schedule.put(block(1), kStart);
  // Three are there after nine minutes.
  CHECK_FALSE(schedule.admit(1, 0, 2, kStart + 530s));
  CHECK(schedule.admit(1, 0, 2, kStart + 541s));
  CHECK_FALSE(schedule.admit(1, 1, 2, kStart + 543s));
  // And two are left for the rounds, whose probes wait no longer than a second.
  Schedule rounds(1);
  rounds.set_limits({1e6, 1000, 20}, {Schedule::kNew, Schedule::kNew});
  rounds.put(block(1), kStart + 541s);
  std::size_t sent = 0;
  for (Duration at = 541s; at < 541s + 1h; at += 100ms) sent += due_at(rounds, kStart + at);
  CHECK(sent >= 17);
  CHECK(sent <= 20);
}

TEST_CASE("a network's allowance is its own, and shared by its modules") {
  Schedule schedule(1);
  schedule.set_limits({1e6, 1000, 20}, {Schedule::kNew, Schedule::kNew});
  schedule.put(block(1), kStart);
  schedule.put(block(2), kStart);
  ScheduledBlock sibling = block(3);
  sibling.network = 1;
  schedule.put(sibling, kStart + 100s);
  // A module that comes later does not empty what its network has saved.
  CHECK(schedule.admit(3, 0, kNoReserve, kStart + 181s));
  CHECK_FALSE(schedule.admit(1, 1, kNoReserve, kStart + 183s));
  CHECK(schedule.admit(2, 2, kNoReserve, kStart + 183s));
}

TEST_CASE("what an hourly allowance leaves is saved up for ten hours, and within bounds") {
  const auto saved = [](double per_hour) {
    Schedule schedule(1);
    schedule.set_limits({1e6, 1000, per_hour}, {Schedule::kNew, Schedule::kNew});
    schedule.put(block(1), kStart);
    const Instant later = kStart + 1000h;
    CHECK(schedule.has_left(1, 29, later));
    int admitted = 0;
    for (int s = 0; s < 1000 && schedule.has_left(1, 0, later + s * 1s); ++s) {
      // Prefixes are no limit here but for their second.
      admitted += schedule.admit(1, s % 2 == 0 ? 0 : 2, kNoReserve, later + s * 1s) ? 1 : 0;
    }
    return admitted;
  };
  // And what comes in while they are sent.
  CHECK(saved(1) == 30);
  CHECK(saved(20) >= 200);
  CHECK(saved(20) <= 203);
  CHECK(saved(100) >= 300);
  CHECK(saved(100) <= 310);
}
