// The targets of one network, as they are told to whoever asks for them.
#include <algorithm>
#include <string>

#include "daemon/config/module_hosts.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  explicit Fixture(const std::shared_ptr<const Config>& config) : engine(Engine::create(network.ports(), 7)) {
    network.now = Instant(1h);
    engine->apply(std::move(*engine->prepare(config, network.now)), network.now);
  }
  void run_for(Duration span) {
    for (const Instant end = network.now + span; network.now < end; network.now += 5ms) engine->step(network.now);
  }

  FakeNetwork network;
  std::unique_ptr<Engine> engine;
};

Address host(unsigned octet, unsigned last) { return Address::v4(0xc6120000U + octet * 256 + last); }

}  // namespace

TEST_CASE("each target with what is known of it, in pages") {
  Fixture f(ConfigBuilder().network("a", 1, 4).network("b", 2, 2).timing(1s, 1s).build());
  f.network.decide = [](const ProbeRequest& request, Instant) {
    const bool dead = request.to.v4_value() % 2 == 1;
    return dead ? Fate{} : Fate{.reply_after = 20ms};
  };
  f.run_for(30s);
  const TargetList all = *f.engine->target_list("a", {});
  CHECK(all.modules == std::vector<std::string>{"ping"});
  CHECK(all.total == 4);
  REQUIRE(all.targets.size() == 4);
  for (const ListedTarget& target : all.targets) {
    const bool dead = target.state.address.v4_value() % 2 == 1;
    CHECK(target.state.outcomes_known > 10);
    CHECK((target.state.failure_run >= kSilentAfter) == dead);
    CHECK(target.name.empty());
  }
  const TargetList page = *f.engine->target_list("a", {1, 2});
  CHECK(page.total == 4);
  REQUIRE(page.targets.size() == 2);
  CHECK(page.targets[0].state.address == all.targets[1].state.address);
  CHECK(f.engine->target_list("a", {4, 2})->targets.empty());
  CHECK(f.engine->target_list("b", {})->total == 2);
  CHECK_FALSE(f.engine->target_list("c", {}));
}

TEST_CASE("a host that has a name is listed by it") {
  ConfigBuilder builder;
  builder.network("a", 1, 1);
  builder.raw().networks[0].names = {"one.example"};
  Fixture f(std::make_shared<const Config>(with_addresses(*builder.build(), {{"one.example", {host(1, 7)}}})));
  const TargetList list = *f.engine->target_list("a", {});
  REQUIRE(list.targets.size() == 2);
  const auto named = std::find_if(list.targets.begin(), list.targets.end(),
                                  [](const ListedTarget& t) { return t.state.address == host(1, 7); });
  REQUIRE(named != list.targets.end());
  CHECK(named->name == "one.example");
}
