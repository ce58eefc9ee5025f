// Probes that are sent to decide quickly: whom they ask, how often, and when they cease.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRtt = 20ms;

ExtraProbes adaptive_of(VirtualDaemon& daemon) {
  for (const auto all = daemon.snapshot(); const ExtraProbes& extra : all->extra) {
    if (extra.purpose == Purpose::adaptive) return extra;
  }
  return {};
}

/// Keeps when which host was asked.
struct Asked {
  std::map<std::uint32_t, std::vector<Duration>> hosts;
  std::vector<Duration> all;

  void note(const ProbeRequest& r, Duration at) {
    if (is_reference(r.to)) return;
    hosts[r.to.v4_value()].push_back(at);
    all.push_back(at);
  }
  std::size_t between(Duration from, Duration to) const {
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](Duration t) { return t >= from && t < to; }));
  }
};

}  // namespace

TEST_CASE("while all is well nothing is asked beside the rounds") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(10s, 3s).build());
  daemon.network.decide = [](const ProbeRequest&, Instant) { return Fate{.reply_after = kRtt}; };
  daemon.run_for(300s);
  const ExtraProbes extra = adaptive_of(daemon);
  CHECK(extra.replies + extra.failures + extra.voids == 0);
}

TEST_CASE("a suspicion asks other hosts than those that failed, and is in no ratio") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(10s, 3s).build());
  Asked asked;
  const Address dead = Address::v4(0xc6120100U);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    asked.note(r, daemon.elapsed());
    const bool lost = r.to == dead && daemon.elapsed() >= 100s;
    return lost ? Fate{} : Fate{.reply_after = kRtt};
  };
  daemon.run_for(300s);
  const ExtraProbes extra = adaptive_of(daemon);
  CHECK(extra.replies > 2);
  CHECK(extra.replies < 100);
  CHECK(extra.failures == 0);
  CHECK(asked.hosts[dead.v4_value()].size() <= 31);
  const NetworkSnapshot a = daemon.of("a");
  CHECK(a.state == State::up);
  CHECK(a.modules[0].probes.sent + extra.replies == asked.all.size());
  CHECK(a.modules[0].windows[1].probes <= 30 * 16);
  CHECK(daemon.network.events.empty());
}

TEST_CASE("in the dark the asking ceases: a network in trouble is not asked harder") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(10s, 3s).build());
  Asked asked;
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    asked.note(r, daemon.elapsed());
    return is_reference(r.to) || daemon.elapsed() < 100s ? Fate{.reply_after = kRtt} : Fate{};
  };
  daemon.run_for(600s);
  CHECK(asked.between(100s, 110s) > 20);
  CHECK(asked.between(100s, 110s) < 70);
  // A look every ten seconds for two minutes, and then the rounds alone.
  CHECK(asked.between(120s, 220s) <= 160 + 12);
  CHECK(asked.between(240s, 600s) == Approx(16 * 36).margin(16));
}

TEST_CASE("a host by itself is asked again once a second, for ten seconds at most") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 1).references(3, 2).timing(10s, 3s).build());
  Asked asked;
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    asked.note(r, daemon.elapsed());
    return is_reference(r.to) || daemon.elapsed() < 100s ? Fate{.reply_after = kRtt} : Fate{};
  };
  daemon.run_for(400s);
  for (Duration at = 100s; at < 400s; at += 100ms) REQUIRE(asked.between(at, at + 1s) <= 2);
  CHECK(asked.between(100s, 130s) <= 3 + 12);
  CHECK(daemon.of("a").state == State::down);
}

TEST_CASE("in networks of others the limits of a prefix hold, whatever is suspected") {
  ConfigBuilder builder;
  builder.network("a", 1, 16).references(3, 2).timing(10s, 3s);
  builder.raw().networks[0].mine = false;
  builder.raw().limits.per_prefix_per_second = 0.39;
  VirtualDaemon daemon(builder.build());
  Asked asked;
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    asked.note(r, daemon.elapsed());
    const bool dark = daemon.elapsed() >= 600s && daemon.elapsed() / 60s % 3 == 0;
    return is_reference(r.to) || !dark ? Fate{.reply_after = kRtt} : Fate{};
  };
  daemon.run_for(1800s);
  REQUIRE_FALSE(daemon.network.events.empty());
  CHECK(adaptive_of(daemon).failures > 0);
  for (std::size_t i = 1; i < asked.all.size(); ++i) REQUIRE(asked.all[i] - asked.all[i - 1] >= 1s);
  for (std::size_t i = 0; i < asked.all.size(); ++i) {
    for (const Duration span : {Duration(60s), Duration(600s)}) {
      REQUIRE(static_cast<double>(asked.between(asked.all[i], asked.all[i] + span)) <= 0.39 * to_seconds(span) + 11);
    }
  }
}

TEST_CASE("an hourly allowance is never exceeded, and an outage is found with it") {
  ConfigBuilder builder;
  builder.network("a", 1, 16).references(3, 2).timing(10s, 3s);
  builder.raw().networks[0].mine = false;
  builder.raw().limits.per_prefix_per_second = 0.39;
  builder.raw().limits.per_network_per_hour = 20;
  VirtualDaemon daemon(builder.build());
  Asked asked;
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    asked.note(r, daemon.elapsed());
    return is_reference(r.to) || daemon.elapsed() < 5h ? Fate{.reply_after = kRtt} : Fate{};
  };
  daemon.run_for(6h);
  REQUIRE_FALSE(daemon.network.events.empty());
  CHECK(daemon.network.events.front().event_class == EventClass::outage);
  CHECK(daemon.network.events.front().detected_at - Instant(6h) < 30min);
  CHECK(asked.between(0s, 1h) <= 20);
  CHECK(asked.all.size() <= 6 * 20);
}
