// What outlives the process: given away in pieces by one engine, taken over by another.
#include "daemon/engine/kept_state.h"

#include <algorithm>

#include "daemon/store/block.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

std::int64_t key_of(std::string_view name) { return static_cast<std::int64_t>(std::hash<std::string_view>{}(name)); }

/// By how much the clocks of the second engine are behind those of the first, where `gap` passes between them.
Duration shift_of(const VirtualDaemon& before, Duration gap) { return before.elapsed() + gap; }

/// All that the daemon gives away, piece by piece, for one that starts after `gap`.
RestoredState kept(VirtualDaemon& before, const std::vector<std::string>& networks, Duration gap, std::size_t most) {
  RestoredState state;
  state.name_key = key_of;
  WindowsPiece windows;
  do {
    windows = before.engine().kept_windows(windows.next, most);
    for (const ModuleWindows& module : windows.modules) {
      RestoredModule restored{module.network, module.module, {}, {}};
      for (std::size_t i = 0; i < module.windows.size(); ++i) {
        WindowContents contents = module.windows[i].contents();
        contents.first -= shift_of(before, gap);
        restored.windows.emplace_back(module.lengths[i], std::move(contents));
        WindowContents after_loss = module.loss_pairs[i].contents();
        after_loss.first -= shift_of(before, gap);
        restored.after_loss.emplace_back(module.lengths[i], std::move(after_loss));
        restored.lost_before = module.loss_pairs[i].lost_before();
      }
      const auto availability = module.availability.contents();
      for (std::size_t i = 0; i < availability.size(); ++i) {
        restored.availability.emplace_back(i, availability[i]);
        restored.availability.back().second.begin -= shift_of(before, gap);
      }
      state.modules.push_back(std::move(restored));
    }
  } while (!windows.last);
  for (const std::string& network : networks) {
    HostsPiece piece;
    do {
      piece = before.engine().kept_hosts(network, piece.next, most);
      for (std::size_t i = 0; i < piece.hosts.size(); ++i) {
        const auto module = std::find_if(state.modules.begin(), state.modules.end(), [&](const RestoredModule& m) {
          return m.network == network && m.module == piece.module;
        });
        module->hosts.push_back({piece.hosts[i], piece.names.empty() ? 0 : key_of(piece.names[i])});
      }
    } while (!piece.last);
  }
  return state;
}

RestoredEvent carried(VirtualDaemon& before, Event open, Duration gap) {
  const Duration shift = shift_of(before, gap);
  open.start -= shift;
  open.detected_at -= shift;
  return {open, before.network.now - shift};
}

std::vector<TargetState> targets_of(VirtualDaemon& daemon, const std::string& network) {
  std::vector<TargetState> targets;
  const std::optional<TargetList> list = daemon.engine().target_list(network, {});
  for (const ListedTarget& listed : list->targets) targets.push_back(listed.state);
  return targets;
}

auto one_in_four_lost() {
  return [n = 0](const ProbeRequest& r, Instant) mutable {
    Fate fate{.reply_after = 20ms};
    if (octet_of(r.to) == 1 && ++n % 4 == 0) fate.reply_after.reset();
    return fate;
  };
}

}  // namespace

TEST_CASE("windows resume with what they hold, whatever the order of the file; the gap is in none and grows old") {
  VirtualDaemon before(ConfigBuilder().network("a", 1, 16).network("b", 2, 8).timing(1s, 1s).build());
  before.network.decide = one_in_four_lost();
  before.run_for(5min);
  const ModuleSnapshot held = before.of("a").modules[0];
  const std::size_t most = GENERATE(1U, 100U);
  RestoredState state = kept(before, {"a", "b"}, 30s, most);
  VirtualDaemon after(ConfigBuilder().network("b", 2, 8).network("a", 1, 16).timing(1s, 1s).build());
  after.engine().restore(std::move(state), after.network.now);
  const ModuleSnapshot at_start = after.of("a").modules[0];
  // Five minutes are five-second buckets; half a minute has slid out of it.
  CHECK(at_start.windows[1].probes < held.windows[1].probes);
  CHECK(at_start.windows[1].probes > held.windows[1].probes * 8 / 10);
  CHECK(at_start.windows[1].ratio == Approx(0.75).margin(0.02));
  CHECK(at_start.windows[0].probes < 16 * 35);
  CHECK(after.of("b").modules[0].windows[1].ratio == 1);
  CHECK(at_start.probes.sent == 0);
  CHECK(after.of("a").state == State::unknown);
  after.run_for(5min);
  CHECK(after.of("a").modules[0].windows[1].ratio > 0.99);
}

TEST_CASE("how losses come together, and which intervals were available, is known after a restart") {
  VirtualDaemon before(ConfigBuilder().network("a", 1, 16).timing(1s, 1s).build());
  // Losses in runs: an interval that takes them for independent is too narrow.
  before.network.decide = [n = 0](const ProbeRequest&, Instant) mutable {
    return ++n / 8 % 3 == 0 ? Fate{} : Fate{.reply_after = 20ms};
  };
  before.run_for(10min + 7s);
  const ModuleSnapshot held = before.of("a").modules[0];
  REQUIRE(held.availability[0].intervals == 10);
  REQUIRE(held.availability[0].unavailable == 10);
  REQUIRE(held.availability[1].intervals == 2);
  VirtualDaemon after(ConfigBuilder().network("a", 1, 16).timing(1s, 1s).build());
  RestoredState state = kept(before, {"a"}, 0s, 100);
  after.engine().restore(std::move(state), after.network.now);
  const ModuleSnapshot at_start = after.of("a").modules[0];
  const auto width = [](const WindowRatio& ratio) { return ratio.upper - ratio.lower; };
  REQUIRE(at_start.windows[1].probes == Approx(held.windows[1].probes).epsilon(0.05));
  CHECK(width(at_start.windows[1]) == Approx(width(held.windows[1])).epsilon(0.05));
  const ReplyCount all{at_start.windows[1].probes, at_start.windows[1].replies};
  CHECK(width(at_start.windows[1]) > 1.5 * width(ratio_of(all)));
  for (std::size_t rule = 0; rule < kAvailabilityRules.size(); ++rule) {
    CHECK(at_start.availability[rule].intervals == held.availability[rule].intervals);
    CHECK(at_start.availability[rule].unavailable == held.availability[rule].unavailable);
  }
  // The interval that went on goes on, and those after it are judged as ever.
  after.run_for(5min + 30s);
  CHECK(after.of("a").modules[0].availability[0].intervals >= 15);
  CHECK(after.of("a").modules[0].availability[1].intervals >= 3);
  CHECK(after.of("a").modules[0].availability[0].unavailable <= 11);
}

TEST_CASE("what is older than the window, or lies in the future because a clock was set back, is gone") {
  VirtualDaemon before(ConfigBuilder().network("a", 1, 16).timing(1s, 1s).build());
  before.run_for(5min);
  for (const Duration gap : {Duration(6min), Duration(-6min)}) {
    RestoredState state = kept(before, {}, gap, 10);
    VirtualDaemon after(ConfigBuilder().network("a", 1, 16).timing(1s, 1s).build());
    after.engine().restore(std::move(state), after.network.now);
    const ModuleSnapshot at_start = after.of("a").modules[0];
    for (const WindowRatio& window : at_start.windows) CHECK(window.probes == 0);
    after.run_for(60s);
    CHECK(after.of("a").modules[0].windows[0].probes > 600);
    CHECK(after.of("a").state == State::up);
  }
}

TEST_CASE("what is known of a host goes with its address") {
  VirtualDaemon before(ConfigBuilder().network("a", 1, 32).timing(1s, 1s).build());
  before.network.decide = [](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = 10ms * static_cast<int>(1 + r.to.v4_value() % 8)};
    if (r.to.v4_value() % 16 == 5) fate.reply_after.reset();
    return fate;
  };
  before.run_for(2min);
  const std::size_t most = GENERATE(1U, 5U, 100U);
  RestoredState state = kept(before, {"a", "nobody"}, 10s, most);
  REQUIRE(state.modules.front().hosts.size() == 32);
  ConfigBuilder other = ConfigBuilder().network("z", 9, 3).network("a", 1, 40).timing(1s, 1s);
  // The first of them is gone: every other one has another place.
  other.raw().networks[1].hosts.erase(other.raw().networks[1].hosts.begin());
  VirtualDaemon after(other.build());
  after.engine().restore(std::move(state), after.network.now);
  const std::vector<TargetState> was = targets_of(before, "a");
  const std::vector<TargetState> is = targets_of(after, "a");
  REQUIRE(is.size() == 39);
  for (std::size_t i = 0; i < 31; ++i) {
    CHECK(is[i].address == was[i + 1].address);
    CHECK(is[i].outcomes == was[i + 1].outcomes);
    CHECK(is[i].rtt_us == was[i + 1].rtt_us);
    CHECK(is[i].own_loss == was[i + 1].own_loss);
    CHECK(is[i].suspect_run == was[i + 1].suspect_run);
    CHECK(is[i].active);
  }
  CHECK(is[31].outcomes_known == 0);
  CHECK(after.of("a").hosts_silent == 2);
  CHECK(after.of("a").hosts_responding == 29);
  // Two hosts that have been silent all the while are no news.
  after.network.decide = before.network.decide;
  after.run_for(10min);
  CHECK(after.network.events.empty());
  CHECK(after.of("a").state == State::up);
}

TEST_CASE("what was known of a host by name finds it when the name has been resolved") {
  ConfigBuilder config = ConfigBuilder().network("a", 1, 4).timing(1s, 1s);
  config.raw().networks[0].names = {"www.example.org"};
  ConfigBuilder unresolved = config;
  unresolved.raw().networks[0].hosts.clear();
  VirtualDaemon before(config.build());
  before.run_for(1min);
  VirtualDaemon after(unresolved.build());
  after.engine().restore(kept(before, {"a"}, 10s, 10), after.network.now);
  after.run_for(1s);
  after.reload(config.build());
  const std::vector<TargetState> targets = targets_of(after, "a");
  REQUIRE(targets.size() == 4);
  for (const TargetState& target : targets) CHECK(target.outcomes_known > 40);
  after.reload(unresolved.build());
  after.reload(config.build());
  CHECK(targets_of(after, "a")[0].outcomes_known == 0);
}

TEST_CASE("an outage that was left open goes on as one event, or is over with the first answers") {
  const bool still = GENERATE(true, false);
  VirtualDaemon before(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(1s, 1s).build());
  before.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = 20ms};
    if (octet_of(r.to) == 1 && before.elapsed() > 2min && !is_reference(r.to)) fate.reply_after.reset();
    return fate;
  };
  before.run_for(10min);
  REQUIRE(before.network.events.size() >= 1);
  RestoredState state = kept(before, {"a"}, 1min, 10);
  const RestoredEvent left = carried(before, before.network.events.back(), 1min);
  state.events.push_back(left);
  VirtualDaemon after(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(1s, 1s).build());
  after.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = 20ms};
    if (still && !is_reference(r.to) && after.elapsed() < 5min) fate.reply_after.reset();
    return fate;
  };
  after.engine().restore(std::move(state), after.network.now);
  after.run_for(500ms);
  REQUIRE(after.of("a").open_event);
  after.run_for(3500ms);
  CHECK(after.of("a").state == State::unknown);
  CHECK(after.of("a").open_event.has_value() == still);
  after.run_for(4min);
  CHECK(after.of("a").state == (still ? State::down : State::up));
  after.run_for(6min);
  CHECK(after.of("a").state == State::up);
  CHECK_FALSE(after.of("a").open_event);
  // Each telling is of the one event.
  for (const Event& event : after.network.events) {
    CHECK(event.id == after.network.events.front().id);
    CHECK(event.event_class == EventClass::outage);
    CHECK(event.start == left.open.start);
  }
  REQUIRE(after.network.events.back().end);
  const Instant end = *after.network.events.back().end;
  const Duration since_start = end - Instant(1h);
  if (still) {
    CHECK(since_start > 290s);
    CHECK(since_start < 305s);
  } else {
    CHECK(since_start < 0s);
    CHECK(end >= left.watched_until);
  }
  CHECK(after.of("a").events[static_cast<std::size_t>(EventClass::outage)] == 1);
}

TEST_CASE("a network that nobody answered in and whose event is not known is judged anew") {
  VirtualDaemon before(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(1s, 1s).build());
  before.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = 20ms};
    if (before.elapsed() > 1min && !is_reference(r.to)) fate.reply_after.reset();
    return fate;
  };
  before.run_for(5min);
  VirtualDaemon after(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(1s, 1s).build());
  after.engine().restore(kept(before, {"a"}, 10s, 10), after.network.now);
  CHECK(after.of("a").hosts_silent == 0);
  after.network.decide = [](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = 20ms};
    if (!is_reference(r.to)) fate.reply_after.reset();
    return fate;
  };
  after.run_for(30s);
  CHECK(after.of("a").state == State::down);
  CHECK(after.network.events.size() == 1);
}

TEST_CASE("a walk over the windows misses none that is there all the while, though others come and go") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 1).network("b", 2, 1).network("c", 3, 1).build());
  WindowsPiece piece = daemon.engine().kept_windows(0, 1);
  REQUIRE(piece.modules.size() == 1);
  CHECK(piece.modules[0].network == "a");
  daemon.reload(ConfigBuilder().network("new", 9, 1).network("c", 3, 1).build());
  daemon.run_for(20s);
  std::vector<std::string> rest;
  while (!piece.last) {
    piece = daemon.engine().kept_windows(piece.next, 1);
    for (const ModuleWindows& module : piece.modules) rest.push_back(module.network);
  }
  CHECK(rest == std::vector<std::string>{"c", "new"});
}
