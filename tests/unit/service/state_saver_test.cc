#include "daemon/service/state_saver.h"

#include <deque>
#include <functional>
#include <utility>

#include "daemon/service/restored_state.h"
#include "daemon/storage/saved_module.h"
#include "daemon/storage/stable_key.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"
#include "tests/unit/storage/directory.h"

namespace blipd {
namespace {

using test::ConfigBuilder;
using test::VirtualDaemon;
using namespace std::chrono_literals;

const WallTime kBegin(std::chrono::seconds(1'764'000'000));

/// A saver whose two threads take turns as the test says.
struct Saved {
  explicit Saved(VirtualDaemon& d) : daemon(d) {}

  /// Runs what was asked and posted, until nothing is left; the questions that took.
  std::size_t settle() {
    std::size_t asked = 0;
    while (!questions.empty() || !tasks.empty()) {
      if (!questions.empty()) {
        const auto question = std::exchange(questions.front(), {});
        questions.pop_front();
        question(daemon.engine());
        ++asked;
      } else {
        const auto task = std::exchange(tasks.front(), {});
        tasks.pop_front();
        task();
      }
    }
    return asked;
  }
  WallAnchor clock() const {
    return {daemon.network.now,
            kBegin + std::chrono::duration_cast<WallTime::duration>(daemon.network.now - Instant(1h))};
  }

  VirtualDaemon& daemon;
  std::deque<std::function<void(const Engine&)>> questions;
  std::deque<std::function<void()>> tasks;
  std::vector<WindowsBatch> windows;
  std::vector<StateRow> hosts;
  StateSaver saver{{.threads = [] { return std::size_t{1}; },
                    .ask_thread = [this](std::size_t, auto question) { questions.push_back(std::move(question)); },
                    .ask_network = [this](const auto&, auto question) { questions.push_back(std::move(question)); },
                    .post = [this](auto task) { tasks.push_back(std::move(task)); },
                    .clock = [this] { return clock(); },
                    .put_windows = [this](WindowsBatch batch) { windows.push_back(std::move(batch)); },
                    .put_hosts = [this](StateRow row) { hosts.push_back(std::move(row)); }}};
};

ConfigBuilder many(unsigned networks, unsigned hosts) {
  ConfigBuilder config;
  for (unsigned i = 1; i <= networks; ++i) config.network("net" + std::to_string(i), i, hosts);
  return config.timing(1s, 1s);
}

TEST_CASE("windows of every network and module are put every ten seconds, in one piece") {
  const auto config = many(130, 1).build();
  VirtualDaemon daemon(config);
  Saved saved(daemon);
  std::vector<Duration> at;
  for (int second = 0; second < 60; ++second) {
    daemon.run_for(1s);
    saved.saver.tick(*config, saved.clock().wall - 200ms);
    const std::size_t before = saved.windows.size();
    // Of 64 at once; the hosts of a network each are asked for in between.
    saved.settle();
    if (saved.windows.size() != before) at.push_back(daemon.elapsed());
  }
  REQUIRE(at.size() == 7);
  for (std::size_t i = 1; i < at.size(); ++i) CHECK(at[i] - at[i - 1] <= 10s);
  const WindowsBatch& last = saved.windows.back();
  CHECK(last.rows.size() == 130);
  CHECK(last.watched_until == kBegin + at.back() - 200ms);
  const auto key = stable_key({"net77", "ping"});
  const auto row = std::find_if(last.rows.begin(), last.rows.end(), [&](const StateRow& r) { return r.key == key; });
  REQUIRE(row != last.rows.end());
  const auto module = decode_module(row->data);
  REQUIRE(module);
  REQUIRE(module->windows.size() == 2);
  CHECK(module->windows.at(0).length == 1min);
  CHECK(module->windows.at(0).first >= kBegin);
  CHECK(module->windows.at(0).buckets.size() >= 40);
  REQUIRE(module->availability.size() == kAvailabilityRules.size());
  CHECK(module->availability.at(0).interval == 1min);
  CHECK(module->availability.at(0).outcomes.probes > 0);
}

TEST_CASE("the hosts of each network are put once in nine minutes, one network after the other") {
  const auto config = many(20, 3).build();
  VirtualDaemon daemon(config);
  Saved saved(daemon);
  for (int second = 0; second < 18 * 60; ++second) {
    daemon.stop_for(1s);
    saved.saver.tick(*config, saved.clock().wall);
    const std::size_t before = saved.hosts.size();
    saved.settle();
    CHECK(saved.hosts.size() <= before + 1);
  }
  CHECK(saved.hosts.size() >= 39);
  std::map<std::int64_t, WallTime> seen;
  for (const StateRow& row : saved.hosts) {
    if (seen.contains(row.key)) CHECK(row.saved_at - seen[row.key] <= 10min);
    seen[row.key] = row.saved_at;
  }
  CHECK(seen.size() == 20);
}

TEST_CASE("a large network is handed over in bounded pieces, and no tick begins a second walk") {
  ConfigBuilder config = many(1, 1);
  for (unsigned i = 0; i < 10'000; ++i) config.raw().networks[0].hosts.push_back(Address::v4(0x0a000000 + i));
  std::sort(config.raw().networks[0].hosts.begin(), config.raw().networks[0].hosts.end());
  const auto built = config.build();
  VirtualDaemon daemon(built);
  Saved saved(daemon);
  for (int minute = 0; minute <= 9; ++minute) {
    daemon.stop_for(1min);
    saved.saver.tick(*built, saved.clock().wall);
    saved.saver.tick(*built, saved.clock().wall);
    CHECK(saved.questions.size() <= 2);
  }
  // One of them is for windows.
  CHECK(saved.settle() == 1 + (10'001 + StateSaver::kHostsInPiece - 1) / StateSaver::kHostsInPiece);
  REQUIRE(saved.hosts.size() == 1);
  const auto modules = decode_hosts(saved.hosts[0].data);
  REQUIRE(modules);
  REQUIRE(modules->size() == 1);
  CHECK(modules->at(0).module == stable_key({"ping"}));
  CHECK(modules->at(0).hosts.size() == 10'001);
}

TEST_CASE("at the end everything is put at once, hosts as far as time goes") {
  const auto config = many(5, 4).build();
  VirtualDaemon daemon(config);
  Saved saved(daemon);
  daemon.run_for(20s);
  saved.saver.save_all({&daemon.engine()}, *config, kBegin + 20s, [] { return false; });
  REQUIRE(saved.windows.size() == 1);
  CHECK(saved.windows[0].rows.size() == 5);
  CHECK(saved.hosts.size() == 5);
  saved.saver.save_all({&daemon.engine()}, *config, kBegin + 20s, [] { return true; });
  CHECK(saved.windows.size() == 2);
  CHECK(saved.hosts.size() == 5);
}

TEST_CASE("a network whose hosts are not known yet leaves what is kept of it alone") {
  ConfigBuilder config = many(1, 0);
  config.raw().networks[0].names = {"www.example.org"};
  const auto built = config.build();
  VirtualDaemon daemon(built);
  Saved saved(daemon);
  saved.saver.save_all({&daemon.engine()}, *built, kBegin, [] { return false; });
  CHECK(saved.hosts.empty());
}

/// What is saved goes into a file and comes back out of it, `later`.
RestoredState through_a_file(VirtualDaemon& daemon, const Config& config, Duration later,
                             const std::vector<CarriedEvent>& carried = {}) {
  Saved saved(daemon);
  saved.saver.save_all({&daemon.engine()}, config, saved.clock().wall, [] { return false; });
  const storage_test::Directory directory;
  storage_test::Kept kept(directory.path());
  for (WindowsBatch& batch : saved.windows) kept.storage.put(std::move(batch));
  for (StateRow& row : saved.hosts) kept.storage.put(std::move(row));
  REQUIRE(kept.work(saved.clock().wall));
  RestoredState all;
  restore_state(kept.storage, config, carried, {Instant(1h), saved.clock().wall + later}, [&](RestoredState state) {
    CHECK(state.name_key("www") == stable_key({"www"}));
    std::move(state.modules.begin(), state.modules.end(), std::back_inserter(all.modules));
    std::move(state.events.begin(), state.events.end(), std::back_inserter(all.events));
  });
  return all;
}

TEST_CASE("what was saved comes back for what is configured, in the instants of this run") {
  const auto config = many(3, 4).build();
  VirtualDaemon daemon(config);
  daemon.run_for(3min);
  ConfigBuilder fewer = many(2, 4);
  const RestoredState state = through_a_file(daemon, *fewer.build(), 10s);
  REQUIRE(state.modules.size() == 2);
  CHECK(state.modules[1].network == "net2");
  CHECK(state.modules[1].hosts.size() == 4);
  CHECK(state.modules[1].hosts[0].known.rtt_us != 0);
  CHECK(state.modules[1].hosts[0].known.outcomes_known > 60);
  REQUIRE(state.modules[1].windows.size() == 2);
  // The daemon began three minutes before it was stopped, and that was ten seconds before the hour.
  CHECK(state.modules[1].windows[1].first == 5min);
  CHECK(state.modules[1].windows[1].second.first >= Instant(1h) - 3min - 10s - 5s);
  CHECK(state.modules[1].windows[1].second.first <= Instant(1h) - 3min - 10s);
}

TEST_CASE("windows of single hosts come back where the configuration asks for them") {
  ConfigBuilder made = many(2, 40);
  made.raw().networks[0].per_host_metrics = true;
  const auto config = made.build();
  VirtualDaemon daemon(config);
  daemon.network.decide = [](const ProbeRequest& r, Instant) {
    test::Fate fate{.reply_after = 20ms};
    if (r.to.v4_value() % 256 == 7) fate.reply_after.reset();
    return fate;
  };
  daemon.run_for(3min);
  RestoredState state = through_a_file(daemon, *config, 10s);
  for (const RestoredHost& host : state.modules[1].hosts) CHECK(host.windows.empty());
  // Other hosts come before them now.
  ConfigBuilder more = made;
  more.raw().networks[0].hosts.insert(more.raw().networks[0].hosts.begin(), Address::v4(0x0a000001));
  VirtualDaemon next(more.build());
  state.name_key = [](std::string_view name) { return stable_key({name}); };
  next.engine().restore(std::move(state), next.network.now);
  const NetworkSnapshot network = next.of("net1");
  const std::vector<HostSnapshot>& hosts = network.modules[0].hosts;
  REQUIRE(hosts.size() == 41);
  CHECK(hosts[0].windows[1].probes == 0);
  for (std::size_t i = 1; i < hosts.size(); ++i) {
    CHECK(hosts[i].windows[1].probes > 150);
    CHECK(hosts[i].windows[1].ratio == (i == 8 ? 0 : 1));
  }
}

TEST_CASE("after a day nothing is known of windows and of how hosts answered, but what is usual for them is") {
  const auto config = many(1, 4).build();
  VirtualDaemon daemon(config);
  daemon.run_for(3min);
  const RestoredState state = through_a_file(daemon, *config, 72h);
  REQUIRE(state.modules.size() == 1);
  CHECK(state.modules[0].windows.empty());
  CHECK(state.modules[0].hosts[0].known.outcomes_known == 0);
  CHECK(state.modules[0].hosts[0].known.usual_rtt_us != 0);
}

TEST_CASE("with a clock that was set back by a day nothing is in the future") {
  const auto config = many(1, 4).build();
  VirtualDaemon daemon(config);
  daemon.run_for(3min);
  CarriedEvent open;
  open.event.facts.network = "net1";
  open.event.start = kBegin + 1min;
  open.event.detected_at = kBegin + 61s;
  open.watched_until = kBegin + 3min;
  open.event.facts.start_uncertainty = Duration::max();
  open.event.facts.evidence.dark = Duration::max();
  const RestoredState state = through_a_file(daemon, *config, -24h, {open});
  CHECK(state.modules[0].windows.empty());
  CHECK(state.modules[0].hosts[0].known.outcomes_known != 0);
  REQUIRE(state.events.size() == 1);
  CHECK(state.events[0].open.start == Instant(1h));
  CHECK(state.events[0].watched_until == Instant(1h));
  CHECK(state.events[0].open.evidence.dark == Duration::zero());
  CHECK(state.events[0].open.start_uncertainty <= 1h);
}

TEST_CASE("an event of our own connection is none of a network") {
  const auto config = many(1, 1).build();
  VirtualDaemon daemon(config);
  CarriedEvent ours;
  ours.event.facts.event_class = EventClass::vantage;
  CHECK(through_a_file(daemon, *config, 1s, {ours}).events.empty());
}

}  // namespace
}  // namespace blipd
