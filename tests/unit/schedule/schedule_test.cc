#include "daemon/schedule/schedule.h"

#include <map>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

constexpr Instant kStart(1h);

ScheduledBlock block(std::uint32_t id, std::uint32_t targets, Duration round, bool mine = true) {
  ScheduledBlock b;
  b.block = id;
  b.network = id;
  b.mine = mine;
  b.targets = targets;
  b.round = round;
  if (!mine) b.prefixes.assign(targets, 0);
  return b;
}

struct Ran {
  std::vector<std::pair<Instant, DueProbe>> sent;
  std::map<std::uint32_t, std::uint64_t> missed;
};

/// Runs from `from` to `to`, waking when the schedule asks for it but at most every `step`.
Ran run(Schedule& schedule, Instant from, Instant to, Duration step = 1ms) {
  Ran ran;
  std::vector<DueProbe> due;
  std::vector<MissedProbes> missed;
  for (Instant now = from; now < to;) {
    due.clear();
    missed.clear();
    schedule.take(now, 1000000, due, missed);
    for (const DueProbe& probe : due) ran.sent.emplace_back(now, probe);
    for (const MissedProbes& m : missed) ran.missed[m.block] += m.count;
    now = std::max(now + step, schedule.next(now).value_or(to));
  }
  return ran;
}

std::uint64_t sent_by(const Ran& ran, std::uint32_t id) {
  return static_cast<std::uint64_t>(
      std::count_if(ran.sent.begin(), ran.sent.end(), [&](const auto& s) { return s.second.block == id; }));
}

}  // namespace

TEST_CASE("every probe of every round is sent once and nothing is missed") {
  Schedule schedule(1);
  schedule.set_limits({}, {});
  schedule.put(block(1, 10, 1s), kStart);
  schedule.put(block(2, 3, 500ms), kStart);
  const Ran ran = run(schedule, kStart, kStart + 10s);
  CHECK(sent_by(ran, 1) == 100);
  CHECK(sent_by(ran, 2) == 60);
  CHECK(ran.missed.empty());
  CHECK(schedule.rounds_ended(1) >= 9);
  for (const auto& [now, probe] : ran.sent) CHECK(now - probe.due <= 1ms);
}

TEST_CASE("at 0 s A is due; stall 3.2 s; what is older than a second is missed, the rest is sent") {
  Schedule schedule(1);
  schedule.set_limits({}, {});
  schedule.put(block(1, 1, 4s), kStart);  // waits at most 1 s
  schedule.put(block(2, 1, 1s), kStart);  // waits at most 500 ms
  const Ran ran = run(schedule, kStart + 3200ms, kStart + 3201ms);
  CHECK(sent_by(ran, 1) + (ran.missed.contains(1) ? ran.missed.at(1) : 0) == 1);
  CHECK(sent_by(ran, 2) + ran.missed.at(2) >= 3);
  CHECK(sent_by(ran, 2) <= 1);
  const Ran later = run(schedule, kStart + 3201ms, kStart + 13200ms);
  CHECK(later.missed.empty());
}

TEST_CASE("the daemon-wide limit holds in every second, and what it refuses for long is missed") {
  Schedule schedule(1);
  ScheduleLimits limits;
  limits.packets_per_second = 1000;
  schedule.set_limits(limits, {});
  schedule.put(block(1, 3000, 1s), kStart);
  const Ran ran = run(schedule, kStart, kStart + 5s);
  std::map<std::int64_t, int> per_second;
  for (const auto& [now, probe] : ran.sent) ++per_second[second_of(now)];
  for (const auto& [second, count] : per_second) CHECK(count <= 1101);
  CHECK(sent_by(ran, 1) >= 4900);
  CHECK(ran.missed.at(1) >= 8000);
}

TEST_CASE("a prefix that is not ours gets at most one probe in any second and 0.39 in the mean") {
  Schedule schedule(1);
  ScheduleLimits limits;
  limits.per_prefix_per_second = 0.39;
  schedule.set_limits(limits, {Schedule::kNew});
  // Two blocks on one prefix, together at 80 % of the limit, as a plan makes them.
  schedule.put(block(1, 40, 256s, false), kStart);
  schedule.put(block(2, 40, 256s, false), kStart);
  const Ran ran = run(schedule, kStart, kStart + 2560s);
  CHECK(ran.sent.size() <= static_cast<std::size_t>(2560 * 0.39) + 10);
  for (std::size_t i = 1; i < ran.sent.size(); ++i) CHECK(ran.sent[i].first - ran.sent[i - 1].first >= 1s);
  const std::uint64_t missed =
      (ran.missed.contains(1) ? ran.missed.at(1) : 0) + (ran.missed.contains(2) ? ran.missed.at(2) : 0);
  CHECK(ran.sent.size() + missed >= 795);
  CHECK(missed <= 8);
}

TEST_CASE("the limit per network and hour counts all its modules") {
  Schedule schedule(1);
  ScheduleLimits limits;
  limits.per_network_per_hour = 20;
  schedule.set_limits(limits, {Schedule::kNew});
  ScheduledBlock a = block(1, 4, 60s, false);
  ScheduledBlock b = block(2, 4, 60s, false);
  b.network = a.network;
  schedule.put(a, kStart);
  schedule.put(b, kStart);
  const Ran ran = run(schedule, kStart, kStart + 10h, 10ms);
  CHECK(ran.sent.size() <= 210);
  CHECK(ran.sent.size() >= 150);
}

TEST_CASE("putting the same block again changes nothing; another size starts anew where the half ends") {
  Schedule schedule(1);
  schedule.set_limits({}, {});
  schedule.put(block(1, 10, 1s), kStart);
  Ran ran = run(schedule, kStart, kStart + 2300ms);
  schedule.put(block(1, 10, 1s), kStart + 2300ms);
  Ran more = run(schedule, kStart + 2300ms, kStart + 10s);
  CHECK(sent_by(ran, 1) + sent_by(more, 1) == 100);
  schedule.put(block(1, 20, 1s), kStart + 10s);
  CHECK(sent_by(run(schedule, kStart + 10s, kStart + 20s), 1) >= 190);
  schedule.remove(1);
  CHECK_FALSE(schedule.next(kStart + 20s));
}

TEST_CASE("a block that is removed takes its waiting probes along and leaves the others alone") {
  Schedule schedule(1);
  ScheduleLimits limits;
  limits.per_prefix_per_second = 0.39;
  schedule.set_limits(limits, {Schedule::kNew});
  schedule.put(block(1, 10, 1s, false), kStart);
  schedule.put(block(2, 10, 1s), kStart);
  run(schedule, kStart, kStart + 3s);
  schedule.remove(1);
  const Ran ran = run(schedule, kStart + 3s, kStart + 6s);
  CHECK(sent_by(ran, 1) == 0);
  CHECK(sent_by(ran, 2) >= 29);
}

TEST_CASE("what a prefix has used up is kept through a change of limits") {
  Schedule schedule(1);
  ScheduleLimits limits;
  limits.per_prefix_per_second = 0.01;
  schedule.set_limits(limits, {Schedule::kNew});
  schedule.put(block(1, 20, 20s, false), kStart);
  CHECK(run(schedule, kStart, kStart + 40s).sent.size() == 10);
  schedule.set_limits(limits, {0});
  schedule.put(block(1, 20, 20s, false), kStart + 40s);
  CHECK(run(schedule, kStart + 40s, kStart + 60s).sent.size() <= 1);
}
