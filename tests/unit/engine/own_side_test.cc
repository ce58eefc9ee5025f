// Faults of our own side that the loop is told of, or finds out by itself, in virtual time.
#include <cerrno>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRtt = 300ms;

ProbeCounters probes_of(VirtualDaemon& daemon, const std::string& name) { return daemon.of(name).modules.at(0).probes; }
std::uint64_t voids(const ProbeCounters& p, VoidCause cause) { return p.voids[static_cast<std::size_t>(cause)]; }

bool blames_a_network(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(), [](const Event& event) { return !event.network.empty(); });
}

/// References answer fast, so that they have seldom anything in flight.
Fate answered(const ProbeRequest& request, Instant) {
  return {.reply_after = is_reference(request.to) ? Duration(2ms) : kRtt};
}

}  // namespace

TEST_CASE("what was in flight when the machine fell asleep is void, and what it slept through is missed") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 32).references(3, 2).timing(1s, 1s).build());
  daemon.network.decide = answered;
  daemon.run_for(20s);
  const std::uint64_t missed = probes_of(daemon, "a").missed;
  daemon.suspend_for(90s);
  for (int second = 0; second < 20; ++second) {
    daemon.run_for(1s);
    CHECK((daemon.of("a").state == State::up || daemon.of("a").state == State::unknown));
  }
  const ProbeCounters p = probes_of(daemon, "a");
  CHECK(sum_of(p.failures) == 0);
  CHECK(voids(p, VoidCause::vantage) >= 3);
  CHECK(p.missed - missed >= 89 * 32);
  CHECK(daemon.of("a").state == State::up);
  CHECK_FALSE(blames_a_network(daemon.network.events));
  REQUIRE(daemon.network.events.size() >= 1);
  CHECK(daemon.network.events.front().event_class == EventClass::vantage);
  CHECK(daemon.snapshot()->suspended == 90s);
  CHECK(daemon.snapshot()->vantage_ok);
}

TEST_CASE("two clocks read one after the other are no suspension, and sleep before we ran is not ours") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 4).references(3, 2).build());
  daemon.network.suspended = 1h;
  daemon.network.decide = answered;
  daemon.run_for(10s);
  daemon.network.suspended += 50ms;
  daemon.run_for(10s);
  CHECK(daemon.snapshot()->suspended == 0s);
  CHECK(daemon.network.events.empty());
}

TEST_CASE("silence over a change of our own address is ours") {
  const bool told = GENERATE(true, false);
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 32).references(3, 2).timing(1s, 1s).build());
  daemon.network.decide = answered;
  daemon.run_for(20s);
  // Answers on their way go to an address that has gone; the references have nothing in flight.
  daemon.network.dark_from = daemon.network.now + 3ms;
  daemon.network.dark_to = daemon.network.now + kRtt;
  daemon.run_for(500ms);
  if (told) daemon.own_fault(1s);
  daemon.run_for(20s);
  const ProbeCounters p = probes_of(daemon, "a");
  CHECK((sum_of(p.failures) == 0) == told);
  CHECK((voids(p, VoidCause::vantage) >= 3) == told);
  CHECK_FALSE(blames_a_network(daemon.network.events));
}

TEST_CASE("what the kernel refuses is counted by what it lacks, with the newest error") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 4).network("b", 2, 4).build());
  daemon.network.decide = [](const ProbeRequest& r, Instant) {
    return octet_of(r.to) == 1 ? Fate{.send_error = ENOBUFS} : Fate{.send_error = EADDRNOTAVAIL};
  };
  daemon.run_for(10s);
  const std::shared_ptr<Snapshot> seen = daemon.snapshot();
  CHECK(seen->refused.packets == voids(probes_of(daemon, "a"), VoidCause::send));
  CHECK(seen->refused.packets > 30);
  CHECK(seen->refused.error == ENOBUFS);
  CHECK(seen->unroutable.packets == voids(probes_of(daemon, "b"), VoidCause::local_route));
  CHECK(seen->unroutable.error == EADDRNOTAVAIL);
}

TEST_CASE("what our uplink holds up for nearly as long as the references wait is void") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 32).references(3, 2).timing(1s, 1s).build());
  const Instant begins = daemon.network.now + 20s;
  const Instant ends = begins + 950ms;
  // Everything waits until the end of it, and is answered then: the references within their second.
  daemon.network.decide = [&](const ProbeRequest& request, Instant sent) {
    Fate fate = answered(request, sent);
    if (sent >= begins && sent < ends) *fate.reply_after += ends - sent;
    return fate;
  };
  daemon.run_for(40s);
  const ProbeCounters p = probes_of(daemon, "a");
  CHECK(sum_of(p.failures) == 0);
  CHECK(voids(p, VoidCause::vantage) >= 3);
  CHECK_FALSE(blames_a_network(daemon.network.events));
  CHECK(daemon.snapshot()->vantage_ok);
}

TEST_CASE("what another thread says of its exchanges just after a stop comes before their timeouts are booked") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 32).references(3, 2).timing(1s, 1s).build());
  const Instant stops = daemon.network.now + 20s;
  daemon.network.decide = [&](const ProbeRequest& request, Instant sent) {
    Fate fate = answered(request, sent);
    if (sent >= stops - 200ms && sent < stops && !is_reference(request.to)) {
      fate.reply_after = stops + 30s + 50ms - sent;
      fate.unsent = EMFILE;
    }
    return fate;
  };
  daemon.run_for(20s);
  daemon.stop_for(30s);
  daemon.run_for(20s);
  const ProbeCounters p = probes_of(daemon, "a");
  CHECK(sum_of(p.failures) == 0);
  CHECK(voids(p, VoidCause::send) >= 2);
  CHECK_FALSE(blames_a_network(daemon.network.events));
  CHECK(daemon.of("a").state == State::up);
}
