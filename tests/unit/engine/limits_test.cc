// Hosts whose answers are limited, and modules of one network that see different things.
#include <cerrno>
#include <map>
#include <random>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRtt = 20ms;
const ProberType kSyn{"tcp_syn", {}, true, false, nullptr, nullptr};

bool is_syn(const ProbeRequest& r) { return r.timeout == 900ms; }
unsigned number_of(const ProbeRequest& r) { return r.to.v4_value() & 0xffU; }

/// Sixteen hosts, asked every ten seconds by "ping", and by "syn" too.
ConfigBuilder network(bool with_syn) {
  ConfigBuilder builder;
  builder.network("a", 1, 16).references(3, 2).timing(10s, 3s);
  if (!with_syn) return builder;
  builder.raw().modules.push_back({"syn", &kSyn, std::make_shared<ModuleOptions>(), 10s, 900ms, {}});
  builder.raw().networks[0].modules.emplace_back("syn");
  return builder;
}

/// One token in `every` for each host.
class Limiter {
 public:
  explicit Limiter(Duration every) : every_(every) {}
  bool lets(const Address& host, Duration now) {
    Duration& next = next_[host.v4_value()];
    if (now < next) return false;
    next = now + every_;
    return true;
  }

 private:
  Duration every_;
  std::map<std::uint32_t, Duration> next_;
};

const ModuleSnapshot& module_of(const NetworkSnapshot& network, const std::string& name) {
  for (const ModuleSnapshot& module : network.modules) {
    if (module.module == name) return module;
  }
  throw std::runtime_error("no module " + name);
}

}  // namespace

TEST_CASE("hosts whose echo replies are limited are found by what else they answer, and are nobody's event") {
  VirtualDaemon daemon(network(true).build());
  std::mt19937 random(5);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    // A bucket that others use up as well: two of five are lost however rarely we ask.
    const bool limited = !is_reference(r.to) && !is_syn(r) && number_of(r) < 4;
    return limited && daemon.elapsed() > 300s && random() % 5 < 2 ? Fate{} : Fate{.reply_after = kRtt};
  };
  daemon.run_for(25min);
  const NetworkSnapshot seen = daemon.of("a");
  CHECK(module_of(seen, "ping").hosts_limited == 4);
  CHECK(module_of(seen, "syn").hosts_limited == 0);
  CHECK(seen.state == State::up);
  CHECK(daemon.network.events.empty());
}

TEST_CASE("where nothing else is asked, hosts are found by being asked twice as often") {
  VirtualDaemon daemon(network(false).build());
  Limiter limiter(19s);
  std::mt19937 random(6);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    if (is_reference(r.to)) return Fate{.reply_after = kRtt};
    if (number_of(r) == 2) return limiter.lets(r.to, daemon.elapsed()) ? Fate{.reply_after = kRtt} : Fate{};
    return Fate{.reply_after = kRtt};
  };
  daemon.run_for(60min);
  CHECK(module_of(daemon.of("a"), "ping").hosts_limited == 1);
  CHECK(daemon.network.events.empty());
  SECTION("and forgotten when they lose no more") {
    daemon.network.decide = [](const ProbeRequest&, Instant) { return Fate{.reply_after = kRtt}; };
    daemon.run_for(15min);
    CHECK(module_of(daemon.of("a"), "ping").hosts_limited == 0);
  }
}

TEST_CASE("a network all of whose echo replies are limited and whose TCP answers is up") {
  VirtualDaemon daemon(network(true).build());
  Limiter limiter(20s);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    const bool free = is_reference(r.to) || is_syn(r) || daemon.elapsed() < 300s;
    return free || limiter.lets(r.to, daemon.elapsed()) ? Fate{.reply_after = kRtt} : Fate{};
  };
  daemon.run_for(25min);
  const NetworkSnapshot seen = daemon.of("a");
  CHECK(seen.state == State::up);
  CHECK(module_of(seen, "ping").hosts_limited == 16);
  CHECK(daemon.network.events.empty());
  SECTION("and an outage of it is told") {
    daemon.network.decide = [](const ProbeRequest& r, Instant) {
      return is_reference(r.to) ? Fate{.reply_after = kRtt} : Fate{};
    };
    daemon.run_for(200s);
    CHECK(daemon.of("a").state == State::down);
    REQUIRE_FALSE(daemon.network.events.empty());
    CHECK(daemon.network.events.back().event_class == EventClass::outage);
  }
}

TEST_CASE("of two modules, one long spotty and the other dark now, the better one speaks: spotty") {
  VirtualDaemon daemon(network(true).build());
  std::mt19937 random(7);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    if (is_reference(r.to)) return Fate{.reply_after = kRtt};
    // ICMP and TCP lose a third from 5 min on; TCP is dark from 15 to 20 min.
    const Duration now = daemon.elapsed();
    const bool dark = is_syn(r) && now >= 15min && now < 20min;
    return dark || (now >= 5min && random() % 3 == 0) ? Fate{} : Fate{.reply_after = kRtt};
  };
  daemon.run_for(14min);
  CHECK(daemon.of("a").state == State::spotty);
  daemon.run_for(4min);
  const NetworkSnapshot seen = daemon.of("a");
  CHECK(module_of(seen, "ping").state == State::spotty);
  CHECK(module_of(seen, "syn").state == State::down);
  CHECK(seen.state == State::spotty);
  for (const Event& event : daemon.network.events) CHECK(event.event_class != EventClass::outage);
  REQUIRE(seen.open_event);
  CHECK(seen.open_event->event_class == EventClass::spotty);
}

TEST_CASE("an outage that several modules see is one event, however they learn of its end") {
  // Their last probes are counted at different times.
  const Duration syn_later = GENERATE(0ms, 300ms, 2s, 9s);
  const Duration dark_for = GENERATE(40s, 4min);
  VirtualDaemon daemon(network(true).build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    const Duration end = 5min + dark_for + (is_syn(r) ? syn_later : Duration{});
    const bool dark = daemon.elapsed() >= 5min && daemon.elapsed() < end;
    return dark && !is_reference(r.to) ? Fate{} : Fate{.reply_after = kRtt};
  };
  daemon.run_for(15min);
  CAPTURE(syn_later, dark_for);
  std::set<std::uint64_t> told;
  for (const Event& event : daemon.network.events) told.insert(event.id);
  CHECK(told.size() == 1);
  REQUIRE_FALSE(daemon.network.events.empty());
  const Event& last = daemon.network.events.back();
  CHECK(last.end.has_value());
  CHECK_FALSE(last.evidence.retracted);
  CHECK(last.event_class == (dark_for < 2min ? EventClass::blip : EventClass::outage));
  // All of its own probes are in it.
  CHECK(last.failures == last.probes);
  CHECK(last.probes >= static_cast<std::uint64_t>(16 * (dark_for - 20s) / 10s));
}

TEST_CASE("errors that our own kernel makes raise no event that stands, however late they come") {
  // As after a gateway that does not answer ARP: the error comes three seconds later, when the probe is a suspect.
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(1s, 5s).build());
  const Address own = Address::v4(0x7f000001);
  daemon.network.local_fault = [&](const Answer& error) { return error.from == own; };
  const bool late = GENERATE(false, true);
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate{.reply_after = kRtt};
    if (is_reference(r.to) || daemon.elapsed() < 60s) return fate;
    fate.reply_after.reset();
    fate.icmp_error = IcmpErrorCode{3, 1};
    fate.router = own;
    if (late) fate.icmp_error_after = 3s;
    return fate;
  };
  daemon.run_for(200s);
  const NetworkSnapshot seen = daemon.of("a");
  const auto& voids = module_of(seen, "ping").probes.voids;
  CHECK(voids[static_cast<std::size_t>(VoidCause::local_route)] > 1000);
  CAPTURE(late);
  CHECK_FALSE(seen.open_event);
  CHECK(sum_of(seen.events) == 0);
  if (!late) CHECK(daemon.network.events.empty());
  // Three seconds of silence are all that is known at first: what is told then is taken back, once, and not told again.
  std::size_t ended = 0;
  for (const Event& event : daemon.network.events) {
    ended += event.end ? 1U : 0U;
    CHECK(event.id == daemon.network.events.front().id);
    CHECK((!event.end || event.evidence.retracted));
  }
  CHECK(ended == (daemon.network.events.empty() ? 0U : 1U));
}

TEST_CASE("sends are gathered where many are due, and never for long beside the shortest interval") {
  const auto rest = [](Duration interval, unsigned hosts) {
    VirtualDaemon daemon(ConfigBuilder().network("a", 1, hosts).timing(interval, 500ms).build());
    daemon.run_for(10s);
    CHECK(daemon.of("a").modules[0].probes.missed == 0);
    return daemon.engine().rest();
  };
  CHECK(rest(1s, 16) == 40ms);
  CHECK(rest(200ms, 1) == 40ms);
  // A probe that is 50 ms late is missed.
  CHECK(rest(100ms, 1) == 20ms);
  CHECK(rest(1s, 64 * 100) == 10ms);
}
