// Several engines, one vantage: in virtual time over a fake network.
#include <cerrno>
#include <map>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/virtual_threads.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRtt = 20ms;
constexpr unsigned kNetworks = 6;

ConfigBuilder six_networks() {
  ConfigBuilder config;
  for (unsigned i = 1; i <= kNetworks; ++i) config.network("n" + std::to_string(i), i, 16);
  return config;
}

std::uint64_t voids(const ProbeCounters& p, VoidCause cause) { return p.voids[static_cast<std::size_t>(cause)]; }

std::size_t count_of(const std::vector<Event>& events, EventClass wanted) {
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const Event& e) { return e.event_class == wanted; }));
}

/// What a network looked like to the outside.
struct Told {
  State state;
  std::vector<EventClass> events;
  friend bool operator==(const Told&, const Told&) = default;
};

}  // namespace

TEST_CASE("our uplink is cut: every engine's probes are void, and one vantage event is all that is told") {
  const Duration length = GENERATE(2500ms, 4s, 15s, 40s);
  const Duration phase = GENERATE(0ms, 130ms, 390ms, 610ms, 880ms);
  VirtualThreads daemon(six_networks().references(3, 2).build(), 3);
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    Fate fate;
    const Duration t = daemon.elapsed() - phase;
    if (t < 30s || t >= 30s + length) fate.reply_after = kRtt;
    return fate;
  };
  for (int second = 0; second < 110; ++second) {
    daemon.run_for(1s);
    for (const auto& [name, engine] : daemon.seating) {
      const NetworkSnapshot network = daemon.of(name);
      REQUIRE(identity_holds(network.modules[0].probes));
      REQUIRE(sum_of(network.modules[0].probes.failures) == 0);
      REQUIRE(network.state != State::down);
      REQUIRE(network.state != State::spotty);
    }
  }
  for (const auto& [name, engine] : daemon.seating) {
    CHECK(daemon.of(name).state == State::up);
    CHECK(voids(daemon.of(name).modules[0].probes, VoidCause::vantage) >= 16);
  }
  REQUIRE(daemon.events().size() == 1);
  CHECK(daemon.events()[0].event_class == EventClass::vantage);
  CHECK(daemon.events()[0].end);
}

TEST_CASE("the engine that asks the references is held up while the uplink is cut: the others wait with their books") {
  VirtualThreads daemon(six_networks().references(3, 2).build(), 3);
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    Fate fate;
    if (daemon.elapsed() < 30s || daemon.elapsed() >= 36s) fate.reply_after = kRtt;
    return fate;
  };
  daemon.stalled = [&](std::size_t engine) {
    return engine == 0 && daemon.elapsed() >= 31500ms && daemon.elapsed() < 55s;
  };
  for (int second = 0; second < 100; ++second) {
    daemon.run_for(1s);
    for (const auto& [name, engine] : daemon.seating) {
      REQUIRE(sum_of(daemon.of(name).modules[0].probes.failures) == 0);
      REQUIRE(daemon.of(name).state != State::down);
    }
  }
  for (const auto& [name, engine] : daemon.seating) {
    const ProbeCounters probes = daemon.of(name).modules[0].probes;
    CHECK(probes.in_flight <= 16 * 10);
    if (engine != 0) CHECK(voids(probes, VoidCause::vantage) >= 4 * 16);
  }
  for (const Event& event : daemon.events()) CHECK(event.event_class == EventClass::vantage);
}

TEST_CASE("ten percent of everything is lost on our side: no network is blamed, whichever engine has it") {
  VirtualThreads daemon(six_networks().references(5, 3).build(), 3);
  std::uint64_t lottery = 1;
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    Fate fate;
    lottery = lottery * 6364136223846793005U + 1442695040888963407U;
    const bool unlucky = daemon.elapsed() >= 60s && (lottery >> 33U) % 10 == 0;
    if (!unlucky) fate.reply_after = kRtt;
    return fate;
  };
  daemon.run_for(300s);
  CHECK(count_of(daemon.events(), EventClass::vantage) == 1);
  for (const Event& event : daemon.events()) {
    const bool ours = event.event_class == EventClass::vantage || event.evidence.retracted;
    CHECK(ours);
  }
  for (const auto& [name, engine] : daemon.seating) CHECK(daemon.of(name).state != State::down);
}

TEST_CASE("networks look the same however many engines probe them") {
  const auto play = [](std::size_t engines) {
    VirtualThreads daemon(six_networks().references(3, 2).build(), engines);
    std::uint64_t lottery = 1;
    daemon.network.decide = [&](const ProbeRequest& r, Instant) {
      Fate fate;
      lottery = lottery * 6364136223846793005U + 1442695040888963407U;
      const Duration t = daemon.elapsed();
      const bool lost =
          !is_reference(r.to) && ((octet_of(r.to) == 2 && t >= 60s) || (octet_of(r.to) == 3 && t >= 60s && t < 90s) ||
                                  (octet_of(r.to) == 4 && t >= 60s && (lottery >> 33U) % 10 < 4));
      if (!lost) fate.reply_after = kRtt;
      return fate;
    };
    daemon.run_for(240s);
    std::map<std::string, Told> told;
    for (const auto& [name, engine] : daemon.seating) told[name].state = daemon.of(name).state;
    std::set<std::uint64_t> ids;
    for (const Event& event : daemon.events()) {
      told[event.network].events.push_back(event.event_class);
      CHECK(ids.insert(event.id).second);
      CHECK(event.start >= Instant(1h) + 57s);
      CHECK(event.start <= Instant(1h) + 63s);
    }
    return told;
  };
  const std::map<std::string, Told> one = play(1);
  CHECK(one.at("n1") == Told{State::up, {}});
  CHECK(one.at("n2") == Told{State::down, {EventClass::outage}});
  CHECK(one.at("n3") == Told{State::up, {EventClass::blip}});
  CHECK(one.at("n4") == Told{State::spotty, {EventClass::spotty}});
  CHECK(play(3) == one);
  CHECK(play(6) == one);
}

TEST_CASE("without references: networks of several engines that all fall silent together are not called down") {
  VirtualThreads daemon(six_networks().build(), 3);
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    Fate fate;
    if (daemon.elapsed() < 30s || daemon.elapsed() >= 60s) fate.reply_after = kRtt;
    return fate;
  };
  for (int second = 0; second < 120; ++second) {
    daemon.run_for(1s);
    for (const auto& [name, engine] : daemon.seating) REQUIRE(daemon.of(name).state != State::down);
  }
  for (const auto& [name, engine] : daemon.seating) {
    CHECK(sum_of(daemon.of(name).modules[0].probes.failures) == 0);
    CHECK(voids(daemon.of(name).modules[0].probes, VoidCause::vantage) >= 25 * 16);
  }
  CHECK(count_of(daemon.events(), EventClass::vantage) == 1);
  CHECK(daemon.events().size() == 1);
}

TEST_CASE("without references: the networks of one engine fall silent, others live: they are down") {
  VirtualThreads daemon(six_networks().build(), 3);
  std::set<unsigned> dark;
  for (const auto& [name, engine] : daemon.seating) {
    if (engine == 1) dark.insert(static_cast<unsigned>(std::stoul(name.substr(1))));
  }
  REQUIRE(dark.size() == 2);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate;
    if (daemon.elapsed() < 30s || !dark.contains(octet_of(r.to))) fate.reply_after = kRtt;
    return fate;
  };
  daemon.run_for(90s);
  for (const auto& [name, engine] : daemon.seating) {
    CHECK(daemon.of(name).state == (engine == 1 ? State::down : State::up));
  }
  CHECK(count_of(daemon.events(), EventClass::vantage) == 0);
}

TEST_CASE("what the kernel refuses one engine makes the second ill for all") {
  VirtualThreads daemon(six_networks().references(3, 2).build(), 3);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = kRtt};
    const bool refusing = daemon.elapsed() >= 30s && daemon.elapsed() < 33s;
    if (refusing && daemon.sender == 2) fate.send_error = ENOBUFS;
    // And another's probes are lost meanwhile.
    if (refusing && daemon.sender == 1 && !is_reference(r.to)) fate.reply_after.reset();
    return fate;
  };
  daemon.run_for(80s);
  for (const auto& [name, engine] : daemon.seating) {
    const ProbeCounters probes = daemon.of(name).modules[0].probes;
    CHECK(sum_of(probes.failures) == 0);
    if (engine == 1) CHECK(voids(probes, VoidCause::vantage) >= 2 * 16);
  }
  CHECK(count_of(daemon.events(), EventClass::vantage) == 1);
}

TEST_CASE("what one engine learns of our own side is held against no network of any") {
  VirtualThreads daemon(six_networks().references(3, 2).build(), 3);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate;
    const bool lost = daemon.elapsed() >= 30s && daemon.elapsed() < 32s && !is_reference(r.to);
    if (!lost) fate.reply_after = kRtt;
    return fate;
  };
  daemon.run_for(32s);
  daemon.engine(2).on_own_fault(Instant(1h) + 29s, Instant(1h) + 32s);
  daemon.run_for(30s);
  for (const auto& [name, engine] : daemon.seating) {
    CHECK(sum_of(daemon.of(name).modules[0].probes.failures) == 0);
    CHECK(voids(daemon.of(name).modules[0].probes, VoidCause::vantage) >= 16);
  }
}

TEST_CASE("a reload with several engines moves nothing: counters go on, and nobody is told of anything") {
  VirtualThreads daemon(six_networks().references(3, 2).build(), 3);
  daemon.run_for(40s);
  std::map<std::string, std::uint64_t> before;
  for (const auto& [name, engine] : daemon.seating) before[name] = daemon.of(name).modules[0].probes.sent;
  const Seating seating = daemon.seating;
  daemon.reload(six_networks().network("new", 77, 64).references(3, 2).build());
  for (const auto& [name, sent] : before) {
    CHECK(daemon.seating.at(name) == seating.at(name));
    CHECK(daemon.of(name).modules[0].probes.sent >= sent);
    CHECK(daemon.of(name).modules[0].probes.missed == 0);
    CHECK(daemon.of(name).state == State::up);
  }
  daemon.run_for(20s);
  CHECK(daemon.of("new").state == State::up);
  CHECK(daemon.events().empty());
}

TEST_CASE("restored windows are shown before the first verdict on our vantage has come from the first engine") {
  VirtualThreads daemon(six_networks().references(3, 2).build(), 3);
  for (const auto& [name, engine] : daemon.seating) {
    const WindowContents contents{daemon.network.now - 30s, std::vector<ReplyCount>(20, {5, 4})};
    RestoredState state;
    state.modules.push_back({name, "ping", {{60s, contents}}, {}});
    daemon.engine(engine).restore(std::move(state), daemon.network.now);
    CHECK(daemon.of(name).modules[0].windows[0].probes == 100);
  }
  daemon.run_for(2s);
  for (const auto& [name, engine] : daemon.seating) CHECK(daemon.of(name).modules[0].windows[0].probes == 100);
}
