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
