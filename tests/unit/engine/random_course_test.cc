// What holds of all that is told, whatever is missed, void or late: over many random courses.
#include "tests/unit/engine/random_course.h"

#include <algorithm>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

using Kind = Spell::Kind;
constexpr Instant kBegin(1h);

/// Each event as it was told last, in the order in which they were told first. Checks the order of what is told.
std::vector<Event> told(const VirtualDaemon& daemon) {
  std::vector<Event> all;
  for (const Event& event : daemon.network.events) {
    if (event.network.empty()) continue;
    if (all.empty() || all.back().id != event.id) {
      // One at a time, and none comes back.
      CHECK((all.empty() || all.back().end));
      CHECK((all.empty() || all.back().id < event.id));
      all.push_back(event);
      continue;
    }
    CHECK_FALSE(all.back().end);
    CHECK(event.detected_at == all.back().detected_at);
    all.back() = event;
  }
  return all;
}

void check_event(const Event& event, std::uint64_t hosts) {
  const Instant end = event.end.value_or(Instant::max());
  CHECK(event.start <= end);
  CHECK(event.start <= event.detected_at);
  CHECK(event.start_uncertainty >= Duration::zero());
  CHECK(event.end_uncertainty >= Duration::zero());
  CHECK(event.failures <= event.probes);
  CHECK(event.hosts_total == hosts);
  CHECK(event.hosts_affected <= hosts);
  const Evidence& evidence = event.evidence;
  CHECK(evidence.dark >= Duration::zero());
  if (evidence.loss) {
    CHECK(*evidence.loss == Approx(static_cast<double>(event.failures) / static_cast<double>(event.probes)));
  }
  if (!event.end) return;
  constexpr Duration kRounding = 1us;
  CHECK(evidence.dark <= end - event.start + event.start_uncertainty + event.end_uncertainty + kRounding);
  // Where standstills of ours begin after silence was seen, and before its timeout, every probe of an event may be void
  // in the end. Then it tells of none.
  if (!evidence.retracted && event.probes != 0) CHECK(event.failures >= 1);
}

void check_all(VirtualDaemon& daemon, const Course& course) {
  const std::vector<Event> events = told(daemon);
  std::uint64_t failures = 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    CAPTURE(i, to_string(event.event_class), to_string(event.cause), event.evidence.retracted);
    CAPTURE(to_seconds(event.start - kBegin), to_seconds(event.start_uncertainty), event.probes, event.failures);
    CAPTURE(event.end ? to_seconds(*event.end - kBegin) : -1.0, to_seconds(event.detected_at - kBegin));
    check_event(event, course.hosts);
    if (!event.evidence.retracted) failures += event.failures;
    if (i == 0) continue;
    const Event& before = events[i - 1];
    CHECK(event.start >= *before.end);
    CHECK(event.start - event.start_uncertainty >= *before.end - before.end_uncertainty);
  }
  const ProbeCounters probes = daemon.of("a").modules[0].probes;
  CHECK(identity_holds(probes));
  CHECK(failures <= sum_of(probes.failures));
}

/// Longer than any event is held open that does not flap.
Duration rest_of(const Course& course) { return 21min + 40 * course.interval; }

}  // namespace

TEST_CASE("of a network that is well nothing is told, whatever is missed or void") {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    const Course course = draw_course(seed, {});
    CAPTURE(course);
    VirtualDaemon daemon(config_of(course));
    play(course, daemon, 2min + 8 * course.interval);
    CHECK(told(daemon).empty());
    CHECK(daemon.of("a").state == State::up);
    CHECK(sum_of(daemon.of("a").modules[0].probes.failures) == 0);
  }
}

TEST_CASE("of a network that was dark nothing but that is told, whatever is missed or void") {
  for (std::uint64_t seed = 101; seed <= 125; ++seed) {
    const Course course = draw_course(seed, {Kind::dark});
    CAPTURE(course);
    VirtualDaemon daemon(config_of(course));
    play(course, daemon, 3min + 40 * course.interval);
    check_all(daemon, course);
    for (const Event& event : told(daemon)) {
      CAPTURE(to_seconds(event.start - kBegin), to_string(event.event_class), event.failures);
      CHECK(std::any_of(course.spells.begin(), course.spells.end(), [&](const Spell& spell) {
        return event.start - event.start_uncertainty < kBegin + spell.to &&
               event.end.value_or(Instant::max()) > kBegin + spell.from;
      }));
    }
    CHECK(daemon.of("a").state == State::up);
  }
}

TEST_CASE("answers that were only late leave no event that stands") {
  for (std::uint64_t seed = 201; seed <= 208; ++seed) {
    const Course course = draw_course(seed, {Kind::late});
    CAPTURE(course);
    VirtualDaemon daemon(config_of(course));
    play(course, daemon, 3min + 40 * course.interval);
    check_all(daemon, course);
    CHECK(daemon.of("a").state == State::up);
    for (const Event& event : told(daemon)) CHECK(event.evidence.retracted);
  }
}

TEST_CASE("events follow one another, rest on what was booked, and end, whatever happens") {
  for (std::uint64_t seed = 301; seed <= 308; ++seed) {
    const Course course = draw_course(seed, {Kind::dark, Kind::lossy, Kind::part_dark, Kind::late});
    CAPTURE(course);
    VirtualDaemon daemon(config_of(course));
    play(course, daemon, rest_of(course));
    check_all(daemon, course);
    CHECK(daemon.of("a").state == State::up);
    CHECK((told(daemon).empty() || told(daemon).back().end));
  }
}
