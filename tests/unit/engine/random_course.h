// Random courses: a network to which something happens now and then, watched by a machine that is held up at random,
// whose probes are missed, void or answered late. From one seed always the same.
#pragma once

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ostream>
#include <random>
#include <vector>

#include "tests/support/fake_network.h"

namespace blipd::test {

/// What goes on for a while. All else is answered after a hundredth of a second.
struct Spell {
  enum class Kind : std::uint8_t { dark, lossy, part_dark, late } kind = Kind::dark;
  Duration from{};
  Duration to{};
};

struct Course {
  std::uint64_t seed = 0;
  unsigned hosts = 16;
  Duration interval{};
  Duration timeout{};
  std::vector<Spell> spells;
  Duration longest_run{};  ///< between two stalls
  Duration longest_stall{};
  double void_share = 0;      ///< of all probes, or
  bool void_by_host = false;  ///< of every fourth host alone
  Duration length{};
};

class CourseDice {
 public:
  explicit CourseDice(std::uint64_t seed) : random_(seed) {}
  double share() { return static_cast<double>(random_() >> 11U) * 0x1p-53; }
  Duration between(double from, double to) {
    const std::chrono::duration<double> drawn(from + (to - from) * share());
    return std::chrono::duration_cast<Duration>(drawn);
  }
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }
  bool one_in(std::size_t n) { return below(n) == 0; }

 private:
  std::mt19937_64 random_;
};

/// `kinds`: of the spells; none for a network that is well.
inline Course draw_course(std::uint64_t seed, const std::vector<Spell::Kind>& kinds) {
  using namespace std::chrono_literals;
  CourseDice dice(seed);
  Course course;
  course.seed = seed;
  // Many hosts that are asked all the time cost the test most.
  struct Size {
    unsigned hosts;
    Duration interval;
  };
  constexpr std::array<Size, 9> kSizes{
      {{1, 200ms}, {1, 1s}, {3, 200ms}, {3, 1s}, {16, 200ms}, {16, 1s}, {16, 1s}, {16, 10s}, {256, 10s}}};
  const Size size = kSizes[dice.below(kSizes.size())];
  course.hosts = size.hosts;
  course.interval = size.interval;
  course.timeout = dice.one_in(2) ? 1s : 3s;
  Duration at = 90s + 8 * course.interval;
  for (std::size_t i = 0; i < 2 && !kinds.empty(); ++i) {
    Spell spell{kinds[dice.below(kinds.size())], at + dice.between(0, 30), {}};
    spell.to = spell.from + dice.between(5, 150);
    course.spells.push_back(spell);
    at = spell.to + dice.between(30, 400) + 3 * course.interval;
  }
  course.length = at + 90s + 12 * course.interval;
  if (!dice.one_in(4)) {
    course.longest_run = dice.between(0.3, 10);
    course.longest_stall = dice.between(0.1, 10);
  }
  if (dice.one_in(2)) {
    course.void_by_host = course.hosts >= 16 && dice.one_in(2);
    course.void_share = course.void_by_host ? 1 : 0.6 * dice.share();
  }
  return course;
}

inline std::ostream& operator<<(std::ostream& out, const Course& course) {
  out << "seed " << course.seed << ": " << course.hosts << " hosts, every " << to_seconds(course.interval)
      << " s, timeout " << to_seconds(course.timeout) << " s, stalls up to " << to_seconds(course.longest_stall)
      << " s after up to " << to_seconds(course.longest_run) << " s, void " << course.void_share
      << (course.void_by_host ? " of some hosts" : "") << ", length " << to_seconds(course.length);
  for (const Spell& spell : course.spells) {
    out << "; kind " << static_cast<int>(spell.kind) << " " << to_seconds(spell.from) << " to " << to_seconds(spell.to);
  }
  return out;
}

inline std::shared_ptr<const Config> config_of(const Course& course) {
  return ConfigBuilder().network("a", 1, course.hosts).timing(course.interval, course.timeout).references(3, 2).build();
}

/// What becomes of a probe of the course, its voids aside.
inline Fate fate_in(const Course& course, CourseDice& dice, const ProbeRequest& probe, Duration at) {
  using namespace std::chrono_literals;
  Fate fate{.reply_after = 10ms};
  for (const Spell& spell : course.spells) {
    if (at < spell.from || at >= spell.to) continue;
    switch (spell.kind) {
      case Spell::Kind::dark:
        return {};
      case Spell::Kind::lossy:
        if (dice.share() < 0.3) return {};
        break;
      case Spell::Kind::part_dark:
        if (probe.to.v4_value() % 3 == 0) return {};
        break;
      case Spell::Kind::late:
        fate.reply_after = course.timeout - 100ms;
    }
  }
  return fate;
}

/// Void probes are refused at once, or turn out seconds later not to have been sent.
inline Fate with_voids(const Course& course, CourseDice& dice, const ProbeRequest& probe, Fate fate) {
  using namespace std::chrono_literals;
  const bool concerned = !course.void_by_host || probe.to.v4_value() % 4 == 1;
  if (!concerned || dice.share() >= course.void_share) return fate;
  if (dice.one_in(2)) return {.send_error = EHOSTUNREACH};
  return {.reply_after = dice.between(0.1, to_seconds(course.timeout) - 0.1), .unsent = ENETUNREACH};
}

/// Plays it to its end; then the machine is held up no more and all is well, for `rest`.
inline void play(const Course& course, VirtualDaemon& daemon, Duration rest) {
  using namespace std::chrono_literals;
  CourseDice dice(course.seed + 1);
  bool ended = false;
  daemon.network.decide = [&](const ProbeRequest& probe, Instant) -> Fate {
    if (is_reference(probe.to)) return {.reply_after = 5ms};
    const Fate fate = fate_in(course, dice, probe, daemon.elapsed());
    return ended ? fate : with_voids(course, dice, probe, fate);
  };
  while (daemon.elapsed() < course.length) {
    if (course.longest_stall == Duration::zero()) {
      daemon.run_for(course.length - daemon.elapsed());
      break;
    }
    daemon.run_for(dice.between(0.05, to_seconds(course.longest_run)));
    if (!dice.one_in(4)) daemon.stop_for(dice.between(0.1, to_seconds(course.longest_stall)));
  }
  ended = true;
  daemon.run_for(rest);
  daemon.network.decide = {};
}

}  // namespace blipd::test
