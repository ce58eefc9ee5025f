// What is told of networks, from the probe to the event, in virtual time.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRtt = 20ms;
constexpr Instant kBegin(1h);

/// An event as it was told first and last.
struct Story {
  Event first;
  Event last;
};

std::vector<Story> stories(const VirtualDaemon& daemon) {
  std::vector<Story> all;
  for (const Event& event : daemon.network.events) {
    const auto known = std::find_if(all.begin(), all.end(), [&](const Story& s) { return s.first.id == event.id; });
    if (known == all.end()) {
      all.push_back({event, event});
    } else {
      known->last = event;
    }
  }
  return all;
}

double at(Instant t) { return to_seconds(t - kBegin); }

/// Networks whose hosts answer unless `lost` says otherwise; references always do.
template <class Lost>
void answer_unless(VirtualDaemon& daemon, Lost lost) {
  daemon.network.decide = [&daemon, lost](const ProbeRequest& r, Instant) {
    return is_reference(r.to) || !lost(r, daemon.elapsed()) ? Fate{.reply_after = kRtt} : Fate{};
  };
}

TEST_CASE("an outage of hosts that are asked several times a second is told, wherever in a second it begins") {
  for (const auto interval : {100ms, 200ms, 500ms}) {
    for (auto offset = 0ms; offset < 1s; offset += 150ms) {
      CAPTURE(interval.count(), offset.count());
      VirtualDaemon daemon(ConfigBuilder().network("quick", 1, 16).timing(interval, 1s).references(3, 2).build());
      bool dark = false;
      daemon.network.decide = [&](const ProbeRequest& request, Instant) {
        return dark && !is_reference(request.to) ? Fate{} : Fate{.reply_after = kRtt};
      };
      daemon.run_for(60s + offset);
      dark = true;
      const Instant start = daemon.network.now;
      daemon.run_for(8s);
      CHECK(daemon.of("quick").state == State::down);
      REQUIRE(daemon.network.events.size() == 1);
      CHECK(daemon.network.events[0].event_class == EventClass::outage);
      CHECK(daemon.network.events[0].start - start < 1s);
    }
  }
}

}  // namespace

TEST_CASE("an outage of sixteen hosts asked every second is told within five, and ends when they answer") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).build());
  answer_unless(daemon, [](const ProbeRequest&, Duration t) { return t >= 60s && t < 360s; });
  daemon.run_for(420s);
  const std::vector<Story> told = stories(daemon);
  REQUIRE(told.size() == 1);
  CHECK(told[0].first.network == "a");
  CHECK(told[0].first.event_class == EventClass::outage);
  CHECK(at(told[0].first.detected_at) < 65);
  const Event& last = told[0].last;
  CHECK(last.event_class == EventClass::outage);
  CHECK(std::abs(at(last.start) - 60) <= to_seconds(last.start_uncertainty) + 0.01);
  REQUIRE(last.end);
  CHECK(std::abs(at(*last.end) - 360) <= to_seconds(last.end_uncertainty) + 0.01);
  // Sixteen probes a second; that the last ones in the dark failed is known when others have been answered.
  CHECK(last.start_uncertainty < 150ms);
  CHECK(last.end_uncertainty < 150ms);
  // It is told once what was sent until then is booked, all of it.
  CHECK(last.failures <= 16 * 300 + 8);
  CHECK(last.failures >= 16 * 300 - 8);
  CHECK(last.probes <= last.failures + 16);
  CHECK(last.hosts_affected == 16);
  CHECK(daemon.of("a").state == State::up);
  CHECK(daemon.of("a").events[static_cast<std::size_t>(EventClass::outage)] == 1);
}

TEST_CASE("four seconds of darkness are one blip") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).build());
  answer_unless(daemon, [](const ProbeRequest&, Duration t) { return t >= 60s && t < 64s; });
  daemon.run_for(240s);
  const std::vector<Story> told = stories(daemon);
  REQUIRE(told.size() == 1);
  CHECK(told[0].first.event_class == EventClass::outage);
  CHECK(told[0].last.event_class == EventClass::blip);
  CHECK(at(told[0].last.start) == Approx(60).margin(0.3));
  REQUIRE(told[0].last.end);
  CHECK(at(*told[0].last.end) == Approx(64).margin(0.3));
  CHECK_FALSE(told[0].last.evidence.retracted);
}

TEST_CASE("at a round of ten seconds an outage is told soon all the same, because others are asked at once") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(10s, 3s).build());
  answer_unless(daemon, [](const ProbeRequest&, Duration t) { return t >= 300s; });
  daemon.run_for(310s);
  const std::vector<Story> told = stories(daemon);
  REQUIRE(told.size() == 1);
  CHECK(told[0].first.event_class == EventClass::outage);
  CHECK(at(told[0].first.start) == Approx(300).margin(1));
  CHECK(at(told[0].first.detected_at) < 308);
}

TEST_CASE("a network whose ICMP is dead and whose TCP lives is up; dead altogether it is down") {
  static const ProberType kSyn{"tcp_syn", {}, true, false, nullptr, nullptr};
  ConfigBuilder builder;
  builder.network("a", 1, 16).references(3, 2);
  builder.raw().modules.push_back({"syn", &kSyn, std::make_shared<ModuleOptions>(), 1s, 900ms, {}});
  builder.raw().networks[0].modules.emplace_back("syn");
  VirtualDaemon daemon(builder.build());
  answer_unless(daemon, [](const ProbeRequest& r, Duration t) {
    const bool syn = r.timeout == 900ms;
    return t >= 60s && (!syn || (t >= 300s && t < 400s));
  });
  daemon.run_for(295s);
  CHECK(daemon.of("a").state == State::up);
  CHECK(daemon.of("a").modules[0].state == State::down);
  CHECK(daemon.of("a").modules[1].state == State::up);
  CHECK(daemon.network.events.empty());
  daemon.run_for(15s);
  CHECK(daemon.of("a").state == State::down);
  daemon.run_for(250s);
  CHECK(daemon.of("a").state == State::up);
  const std::vector<Story> told = stories(daemon);
  REQUIRE(told.size() == 1);
  CHECK(at(told[0].first.start) == Approx(300).margin(1));
  CHECK(at(told[0].first.detected_at) == Approx(303).margin(2.5));
  REQUIRE(told[0].last.end);
  CHECK(at(*told[0].last.end) == Approx(400).margin(10));
}

TEST_CASE("an outage of ours is one event of the vantage and none of any network") {
  const Duration dark = GENERATE(Duration(5s), Duration(20s), Duration(120s));
  ConfigBuilder builder;
  for (unsigned i = 1; i <= 3; ++i) builder.network("n" + std::to_string(i), i, 16);
  VirtualDaemon daemon(builder.references(3, 2).timing(1s, 1s).build());
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    const bool lost = daemon.elapsed() >= 60s && daemon.elapsed() < 60s + dark;
    return lost ? Fate{} : Fate{.reply_after = kRtt};
  };
  daemon.run_for(dark + 240s);
  const std::vector<Story> told = stories(daemon);
  REQUIRE(told.size() == 1);
  CHECK(told[0].last.event_class == EventClass::vantage);
  CHECK(told[0].last.network.empty());
  CHECK(at(told[0].last.start) == Approx(60).margin(1.5));
  REQUIRE(told[0].last.end);
  CHECK(at(*told[0].last.end) == Approx(60 + to_seconds(dark)).margin(1.5));
  for (const auto all = daemon.snapshot(); const NetworkSnapshot& n : all->networks) CHECK(n.state == State::up);
}

TEST_CASE("partial loss of ours is no network's event that stands") {
  const double loss = GENERATE(0.2, 0.3);
  const unsigned seed = GENERATE(1U, 2U, 3U);
  ConfigBuilder builder;
  for (unsigned i = 1; i <= 3; ++i) builder.network("n" + std::to_string(i), i, 16);
  VirtualDaemon daemon(builder.references(3, 2).timing(10s, 3s).build());
  std::mt19937 generator(seed);
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    const bool lossy = daemon.elapsed() >= 120s && daemon.elapsed() < 420s;
    const bool lost = lossy && static_cast<double>(generator()) < loss * 4294967296.0;
    return lost ? Fate{} : Fate{.reply_after = kRtt};
  };
  daemon.run_for(600s);
  CAPTURE(loss, seed);
  const std::vector<Story> told = stories(daemon);
  CHECK(std::any_of(told.begin(), told.end(), [](const Story& s) { return s.last.network.empty(); }));
  CHECK(std::all_of(told.begin(), told.end(),
                    [](const Story& s) { return s.last.network.empty() || s.last.evidence.retracted; }));
}

TEST_CASE("every network dark while references answer: each is told, and it is not us") {
  ConfigBuilder builder;
  for (unsigned i = 1; i <= 8; ++i) builder.network("n" + std::to_string(i), i, 16);
  VirtualDaemon daemon(builder.references(3, 2).timing(10s, 3s).build());
  answer_unless(daemon, [](const ProbeRequest&, Duration t) { return t >= 120s; });
  daemon.run_for(140s);
  const std::vector<Story> told = stories(daemon);
  CHECK(told.size() == 8);
  for (const Story& story : told) {
    CHECK(story.last.event_class == EventClass::outage);
    CHECK(at(story.last.start) == Approx(120).margin(2));
  }
  for (const auto all = daemon.snapshot(); const NetworkSnapshot& n : all->networks) CHECK(n.state == State::down);
  CHECK(daemon.snapshot()->vantage_ok);
}

TEST_CASE("forged answers keep nobody up and bring nobody back") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    if (is_reference(r.to) || daemon.elapsed() < 60s) return Fate{.reply_after = kRtt};
    return Fate{.forged_too = true};
  };
  daemon.run_for(400s);
  CHECK(daemon.of("a").state == State::down);
  CHECK(daemon.snapshot()->forged > 1000);
  const std::vector<Story> told = stories(daemon);
  REQUIRE(told.size() == 1);
  CHECK(told[0].last.event_class == EventClass::outage);
  CHECK_FALSE(told[0].last.end);
}

TEST_CASE("answers that take twice as long as the soft deadline, but come in time, make no event") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    const bool slow = !is_reference(r.to) && daemon.elapsed() >= 60s && daemon.elapsed() < 120s;
    return Fate{.reply_after = slow ? Duration(2s) : kRtt};
  };
  daemon.run_for(240s);
  CHECK(daemon.of("a").state == State::up);
  for (const Story& story : stories(daemon)) CHECK(story.last.evidence.retracted);
  CHECK(sum_of(daemon.of("a").modules[0].probes.failures) == 0);
}

TEST_CASE("a network that is not configured any more takes its event along") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).network("b", 2, 16).references(3, 2).build());
  answer_unless(daemon, [](const ProbeRequest& r, Duration t) { return octet_of(r.to) == 1 && t >= 60s; });
  daemon.run_for(90s);
  REQUIRE(stories(daemon).size() == 1);
  daemon.reload(ConfigBuilder().network("b", 2, 16).references(3, 2).build());
  daemon.run_for(30s);
  REQUIRE(stories(daemon).size() == 1);
  REQUIRE(stories(daemon)[0].last.end);
  CHECK(at(*stories(daemon)[0].last.end) == Approx(90).margin(0.5));
}

TEST_CASE("an event lives through a reload that leaves its network alone") {
  const auto config = [] { return ConfigBuilder().network("a", 1, 16).references(3, 2).build(); };
  VirtualDaemon daemon(config());
  answer_unless(daemon, [](const ProbeRequest&, Duration t) { return t >= 60s && t < 300s; });
  daemon.run_for(120s);
  daemon.reload(config());
  daemon.run_for(240s);
  const std::vector<Story> told = stories(daemon);
  REQUIRE(told.size() == 1);
  CHECK(told[0].last.event_class == EventClass::outage);
  REQUIRE(told[0].last.end);
  CHECK(at(*told[0].last.end) == Approx(300).margin(0.5));
}
