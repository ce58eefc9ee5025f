// What lives through a reload, and what does not.
#include "daemon/engine/prepared.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

BlockHosts hosts(std::initializer_list<unsigned> last_octets) {
  auto list = std::make_shared<std::vector<Address>>();
  for (const unsigned octet : last_octets) list->push_back(Address::v4(0xc6120000U + octet));
  return {std::move(list), nullptr};
}

}  // namespace

TEST_CASE("a reload that adds hosts and networks loses nothing and counts on") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 200).references(3, 2).build());
  daemon.run_for(20s);
  const ProbeCounters before = daemon.of("a").modules[0].probes;
  daemon.reload(ConfigBuilder().network("new", 9, 50).network("a", 1, 250).references(3, 2).build());
  daemon.run_for(20s);
  const NetworkSnapshot after = daemon.of("a");
  CHECK(after.modules[0].probes.sent > before.sent + 3000);
  CHECK(sum_of(after.modules[0].probes.failures) == 0);
  CHECK(sum_of(after.modules[0].probes.voids) == 0);
  CHECK(after.modules[0].targets == 250);
  CHECK(after.hosts_responding == 250);
  CHECK(after.state == State::up);
  CHECK(after.state_changes == 1);
  CHECK(daemon.of("new").modules[0].probes.replies > 500);
  CHECK(daemon.snapshot()->forged == 0);
  CHECK(daemon.snapshot()->stray == 0);
}

TEST_CASE("probes on their way to removed hosts end as void, whether they are answered or not") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 100).timing(1s, 1s).build());
  daemon.network.decide = [](const ProbeRequest& r, Instant) {
    Fate fate;
    if (r.to.v4_value() % 2 == 0) fate.reply_after = 500ms;
    return fate;
  };
  daemon.run_for(20s);
  const ProbeCounters before = daemon.of("a").modules[0].probes;
  daemon.reload(ConfigBuilder().network("a", 1, 10).timing(1s, 1s).build());
  daemon.run_for(20s);
  const NetworkSnapshot after = daemon.of("a");
  const ProbeCounters p = after.modules[0].probes;
  CHECK(p.voids[static_cast<std::size_t>(VoidCause::removed)] > 45);
  CHECK(p.voids[static_cast<std::size_t>(VoidCause::removed)] <= before.in_flight);
  CHECK(identity_holds(p));
  CHECK(after.hosts == 10);
}

TEST_CASE("a removed network leaves nothing behind and may come back anew") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).network("b", 2, 16).build());
  daemon.run_for(10s);
  daemon.reload(ConfigBuilder().network("b", 2, 16).build());
  CHECK(daemon.snapshot()->networks.size() == 1);
  daemon.run_for(20s);
  daemon.reload(ConfigBuilder().network("a", 1, 16).network("b", 2, 16).build());
  daemon.run_for(5s);
  CHECK(daemon.of("a").modules[0].probes.sent < 100);
  CHECK(daemon.of("b").modules[0].probes.sent > 400);
  CHECK(daemon.snapshot()->stray == 0);
}

TEST_CASE("an open event, windows and what is known of hosts live through a reload, whatever the order of the file") {
  const auto config = [] { return ConfigBuilder().network("a", 1, 16).network("b", 2, 16).references(3, 2); };
  VirtualDaemon daemon(config().build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = 20ms};
    if (!is_reference(r.to) && octet_of(r.to) == 1 && daemon.elapsed() > 1min) fate.reply_after.reset();
    return fate;
  };
  daemon.run_for(3min);
  const NetworkSnapshot a = daemon.of("a");
  REQUIRE(a.open_event);
  CHECK(a.state == State::down);
  const std::optional<TargetList> known = daemon.engine().target_list("a", {});
  ConfigBuilder other = ConfigBuilder().network("new", 7, 4).network("b", 2, 16).network("a", 1, 16).references(3, 2);
  other.raw().windows.insert(other.raw().windows.begin(), {"30s", 30s});
  daemon.reload(other.build());
  const NetworkSnapshot kept = daemon.of("a");
  REQUIRE(kept.open_event);
  CHECK(kept.state == State::down);
  CHECK(kept.since == a.since);
  CHECK(kept.modules[0].probes.sent == a.modules[0].probes.sent);
  REQUIRE(kept.modules[0].windows.size() == 3);
  CHECK(kept.modules[0].windows[0].probes == 0);
  CHECK(kept.modules[0].windows[1].probes == a.modules[0].windows[0].probes);
  CHECK(kept.modules[0].windows[2].probes == a.modules[0].windows[1].probes);
  const std::optional<TargetList> after = daemon.engine().target_list("a", {});
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(after->targets[i].state.usual_rtt_us == known->targets[i].state.usual_rtt_us);
    CHECK(after->targets[i].state.own_loss == known->targets[i].state.own_loss);
  }
  daemon.run_for(2min);
  for (const Event& event : daemon.network.events) {
    CHECK(event.id == daemon.network.events.front().id);
    CHECK_FALSE(event.end);
  }
  CHECK(daemon.of("new").state == State::up);
}

TEST_CASE("the open event of a network that is removed ends, and no other is touched") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).network("b", 2, 16).references(3, 2).build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = 20ms};
    if (!is_reference(r.to) && daemon.elapsed() > 1min) fate.reply_after.reset();
    return fate;
  };
  daemon.run_for(2min);
  REQUIRE(daemon.of("a").open_event);
  REQUIRE(daemon.of("b").open_event);
  const std::size_t told = daemon.network.events.size();
  daemon.reload(ConfigBuilder().network("b", 2, 16).references(3, 2).build());
  REQUIRE(daemon.network.events.size() == told + 1);
  CHECK(daemon.network.events.back().network == "a");
  CHECK(daemon.network.events.back().end == daemon.network.now);
  const std::shared_ptr<Snapshot> after = daemon.snapshot();
  REQUIRE(after->networks.size() == 1);
  CHECK(after->networks[0].open_event);
  for (const ExtraProbes& extra : after->extra) CHECK(extra.network != "a");
  CHECK(after->targets == 16);
}

TEST_CASE("a module that is added to a network keeps the others' state, and so does one that is taken away") {
  const auto config = [](bool two) {
    ConfigBuilder made = ConfigBuilder().network("a", 1, 16).references(3, 2);
    if (!two) return made;
    made.raw().modules.push_back(made.raw().modules.front());
    made.raw().modules.back().name = "other";
    // First in the list, so that everything moves.
    made.raw().networks[0].modules.insert(made.raw().networks[0].modules.begin(), "other");
    return made;
  };
  VirtualDaemon daemon(config(false).build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = 20ms};
    if (!is_reference(r.to) && daemon.elapsed() > 1min) fate.reply_after.reset();
    return fate;
  };
  daemon.run_for(2min);
  const NetworkSnapshot before = daemon.of("a");
  REQUIRE(before.open_event);
  daemon.reload(config(true).build());
  const NetworkSnapshot more = daemon.of("a");
  REQUIRE(more.modules.size() == 2);
  CHECK(more.modules[0].module == "other");
  CHECK(more.modules[0].probes.sent == 0);
  CHECK(more.modules[1].probes.sent == before.modules[0].probes.sent);
  CHECK(more.modules[1].windows[1].probes == before.modules[0].windows[1].probes);
  CHECK(more.modules[1].state == State::down);
  CHECK(more.state == State::down);
  CHECK(more.open_event);
  daemon.run_for(1min);
  CHECK(daemon.of("a").open_event);
  daemon.reload(config(false).build());
  const NetworkSnapshot fewer = daemon.of("a");
  REQUIRE(fewer.modules.size() == 1);
  CHECK(fewer.modules[0].probes.sent > before.modules[0].probes.sent);
  CHECK(fewer.open_event);
  for (const Event& event : daemon.network.events) {
    CHECK(event.id == daemon.network.events.front().id);
    CHECK_FALSE(event.end);
  }
}

TEST_CASE("a configuration that cannot be prepared, or is dropped, has changed nothing") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).network("b", 2, 16).build());
  daemon.run_for(20s);
  const NetworkSnapshot before = daemon.of("a");
  {
    const Result<PreparedConfigPtr> dropped =
        daemon.engine().prepare(ConfigBuilder().network("a", 3, 4).network("c", 5, 9).build(), daemon.network.now);
    REQUIRE(dropped.has_value());
  }
  CHECK(daemon.snapshot()->networks.size() == 2);
  CHECK(daemon.of("a").modules[0].probes.sent == before.modules[0].probes.sent);
  daemon.run_for(20s);
  CHECK(daemon.of("a").hosts_responding == 16);
  CHECK(sum_of(daemon.of("a").modules[0].probes.voids) == 0);
  CHECK(daemon.snapshot()->stray == 0);
}

TEST_CASE("a module's changed timeout and interval lose no probe that is on its way") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).timing(1s, 3s).build());
  daemon.network.decide = [](const ProbeRequest&, Instant) { return Fate{.reply_after = 800ms}; };
  daemon.run_for(20s);
  daemon.reload(ConfigBuilder().network("a", 1, 16).timing(2s, 1s).build());
  daemon.run_for(20s);
  CHECK(sum_of(daemon.of("a").modules[0].probes.failures) == 0);
  CHECK(daemon.of("a").modules[0].round == 2s);
}

TEST_CASE("places: kept hosts keep theirs, a left place rests for an hour") {
  const Instant start(10h);
  const Places first = assign_places({}, hosts({1, 2, 3, 4}), start);
  CHECK(first.of_host.empty());
  const Places second = assign_places(first, hosts({0, 2, 4}), start + 1min);
  CHECK(second.place(0) == 4);
  CHECK(second.place(1) == 1);
  CHECK(second.place(2) == 3);
  CHECK(second.resting.size() == 2);
  const std::vector<TargetState> targets = targets_of(first, second);
  REQUIRE(targets.size() == 5);
  CHECK_FALSE(targets[0].active);
  CHECK(targets[0].address == Address::v4(0xc6120001U));
  CHECK(targets[4].active);
  SECTION("before the hour a newcomer gets a new place") {
    const Places third = assign_places(second, hosts({0, 2, 4, 9}), start + 60min);
    CHECK(third.place(3) == 5);
  }
  SECTION("after it, the rested one") {
    const Places third = assign_places(second, hosts({0, 2, 4, 9}), start + 61min);
    CHECK(third.place(3) == 0);
    CHECK(third.resting.size() == 1);
  }
}

TEST_CASE("more different timeouts than there are lanes are refused, and those that have one are not") {
  ConfigBuilder config;
  config.network("a", 1, 1);
  VirtualDaemon daemon(config.timing(1s, 1s).build());
  for (int i = 1; i < 255; ++i) daemon.reload(config.timing(1s, 1s + i * 1ms).build());
  const Result<PreparedConfigPtr> refused = daemon.engine().prepare(config.timing(1s, 2s).build(), daemon.network.now);
  REQUIRE(refused.has_error());
  CHECK(refused.error().message ==
        "256 different timeouts since the start are above 255: a restart forgets the old ones");
  daemon.reload(config.timing(1s, 1001ms).build());
  daemon.run_for(10s);
  CHECK(daemon.of("a").modules[0].probes.replies >= 9);
}
