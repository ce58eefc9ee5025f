// The whole probing loop in virtual time over a fake network.
#include <cerrno>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

constexpr Duration kRtt = 20ms;

ProbeCounters probes_of(VirtualDaemon& daemon, const std::string& name) { return daemon.of(name).modules.at(0).probes; }

std::uint64_t failures(const ProbeCounters& p, FailureReason reason) {
  return p.failures[static_cast<std::size_t>(reason)];
}
std::uint64_t voids(const ProbeCounters& p, VoidCause cause) { return p.voids[static_cast<std::size_t>(cause)]; }

}  // namespace

TEST_CASE("healthy, lossy and dark networks are up, spotty and down, and the identity holds at every second") {
  VirtualDaemon daemon(ConfigBuilder()
                           .network("healthy", 1, 16)
                           .network("lossy", 2, 16)
                           .network("dark", 3, 16)
                           .references(3, 2)
                           .build());
  std::uint64_t lottery = 1;
  std::uint64_t lost = 0;
  std::uint64_t asked = 0;
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate;
    const unsigned octet = octet_of(r.to);
    lottery = lottery * 6364136223846793005U + 1442695040888963407U;
    const bool unlucky = (lottery >> 33U) % 10 < 3;
    if (octet == 2) {
      ++asked;
      lost += unlucky ? 1 : 0;
    }
    if (octet != 3 && !(octet == 2 && unlucky)) fate.reply_after = kRtt;
    return fate;
  };
  for (int second = 0; second < 40; ++second) {
    daemon.run_for(1s);
    const std::shared_ptr<Snapshot> all = daemon.snapshot();
    for (const NetworkSnapshot& n : all->networks) REQUIRE(identity_holds(n.modules[0].probes));
  }
  CHECK(daemon.of("healthy").state == State::up);
  CHECK(daemon.of("lossy").state == State::spotty);
  CHECK(daemon.of("dark").state == State::down);
  const WindowRatio healthy = daemon.of("healthy").modules[0].windows[0];
  CHECK(healthy.ratio == 1.0);
  CHECK(healthy.probes > 400);
  const WindowRatio lossy = daemon.of("lossy").modules[0].windows[0];
  const double truth = 1.0 - static_cast<double>(lost) / static_cast<double>(asked);
  CHECK(lossy.ratio == Approx(truth).margin(0.06));
  CHECK(lossy.lower <= truth);
  CHECK(truth <= lossy.upper);
  CHECK(daemon.of("dark").modules[0].windows[0].ratio == 0.0);
  CHECK(daemon.of("dark").hosts_silent == 16);
  CHECK(daemon.of("healthy").hosts_responding == 16);
}

TEST_CASE("everything dark with the references for 15 s: nobody is down, nothing fails, the probes are void") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).network("b", 2, 16).references(3, 2).build());
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    Fate fate;
    const bool dark = daemon.elapsed() >= 30s && daemon.elapsed() < 45s;
    if (!dark) fate.reply_after = kRtt;
    return fate;
  };
  bool was_ill = false;
  for (int second = 0; second < 70; ++second) {
    daemon.run_for(1s);
    CHECK(daemon.of("a").state != State::down);
    CHECK(daemon.of("a").state != State::spotty);
    was_ill = was_ill || !daemon.snapshot()->vantage_ok;
  }
  CHECK(was_ill);
  CHECK(daemon.snapshot()->vantage_ok);
  for (const char* name : {"a", "b"}) {
    const ProbeCounters p = probes_of(daemon, name);
    CHECK(sum_of(p.failures) == 0);
    CHECK(voids(p, VoidCause::vantage) >= 15 * 16 - 16);
    CHECK(daemon.of(name).state == State::up);
    CHECK(daemon.of(name).modules[0].windows[0].ratio == 1.0);
  }
}

TEST_CASE("a vantage blackout of three seconds is seen, and reaches back to its beginning") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(1s, 1s).build());
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    Fate fate;
    if (daemon.elapsed() < 30s || daemon.elapsed() >= 33s) fate.reply_after = kRtt;
    return fate;
  };
  daemon.run_for(60s);
  CHECK(sum_of(probes_of(daemon, "a").failures) == 0);
  CHECK(voids(probes_of(daemon, "a"), VoidCause::vantage) >= 40);
}

TEST_CASE("references answering while every network is dark: every network is down") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).network("b", 2, 16).references(3, 2).build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate;
    if (is_reference(r.to) || daemon.elapsed() < 30s) fate.reply_after = kRtt;
    return fate;
  };
  daemon.run_for(60s);
  CHECK(daemon.snapshot()->vantage_ok);
  CHECK(daemon.of("a").state == State::down);
  CHECK(daemon.of("b").state == State::down);
  CHECK(sum_of(probes_of(daemon, "a").voids) == 0);
}

TEST_CASE("without references five networks that fall silent together are not called down") {
  ConfigBuilder five;
  for (unsigned i = 1; i <= 5; ++i) five.network("n" + std::to_string(i), i, 8);
  VirtualDaemon daemon(five.build());
  daemon.network.decide = [&](const ProbeRequest&, Instant) {
    Fate fate;
    if (daemon.elapsed() < 30s || daemon.elapsed() >= 60s) fate.reply_after = kRtt;
    return fate;
  };
  bool ill = false;
  for (int second = 0; second < 80; ++second) {
    daemon.run_for(1s);
    CHECK(daemon.of("n1").state != State::down);
    ill = ill || !daemon.snapshot()->vantage_ok;
  }
  CHECK(ill);
  CHECK(sum_of(probes_of(daemon, "n3").failures) == 0);
}

TEST_CASE("one dead host of sixteen is its own matter; five of sixteen make the network spotty") {
  const unsigned dead = GENERATE(1U, 5U);
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate;
    if (is_reference(r.to) || (r.to.v4_value() & 0xffU) >= dead) fate.reply_after = kRtt;
    return fate;
  };
  daemon.run_for(90s);
  CHECK(daemon.of("a").state == (dead == 1 ? State::up : State::spotty));
  CHECK(daemon.of("a").hosts_silent == dead);
}

TEST_CASE("a network of one host is up, then down within little more than a window, then up again") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 1).references(3, 2).timing(10s, 3s).build());
  bool dark = false;
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate;
    if (is_reference(r.to) || !dark) fate.reply_after = kRtt;
    return fate;
  };
  daemon.run_for(100s);
  CHECK(daemon.of("a").state == State::up);
  dark = true;
  for (int i = 0; i < 90; ++i) {
    daemon.run_for(1s);
    CHECK(daemon.of("a").state != State::spotty);
  }
  CHECK(daemon.of("a").state == State::down);
  dark = false;
  daemon.run_for(60s);
  CHECK(daemon.of("a").state == State::up);
}

TEST_CASE("late, duplicate and forged answers are no replies and each has its own counter") {
  VirtualDaemon daemon(
      ConfigBuilder().network("late", 1, 4).network("twice", 2, 4).network("forged", 3, 4).timing(1s, 1s).build());
  daemon.network.decide = [](const ProbeRequest& r, Instant) {
    Fate fate;
    if (octet_of(r.to) == 1) fate.reply_after = 1500ms;
    if (octet_of(r.to) == 2) fate = {.reply_after = kRtt, .duplicate_after = kRtt + 5ms};
    if (octet_of(r.to) == 3) fate.forged_too = true;
    return fate;
  };
  daemon.run_for(30s);
  const ProbeCounters late = probes_of(daemon, "late");
  CHECK(late.replies == 0);
  CHECK(late.late > 80);
  CHECK(failures(late, FailureReason::timeout) > 80);
  const ProbeCounters twice = probes_of(daemon, "twice");
  CHECK(twice.duplicate == twice.replies);
  CHECK(twice.replies + twice.in_flight == twice.sent);
  const ProbeCounters forged = probes_of(daemon, "forged");
  CHECK(forged.replies == 0);
  // Those that were sent to look closer are forged as well.
  CHECK(daemon.snapshot()->forged >= forged.sent);
}

TEST_CASE("an answer much older than flights are kept is late, not stray; from another host it is stray") {
  VirtualDaemon daemon(ConfigBuilder().network("slow", 1, 2).timing(1s, 1s).build());
  daemon.network.decide = [](const ProbeRequest&, Instant) { return Fate{.reply_after = 90s}; };
  daemon.run_for(120s);
  CHECK(probes_of(daemon, "slow").late > 40);
  CHECK(daemon.snapshot()->stray == 0);
}

TEST_CASE("an ICMP error names the reason, ends no probe, and our own kernel's is a local fault") {
  VirtualDaemon daemon(ConfigBuilder()
                           .network("refused", 1, 2)
                           .network("answered", 2, 2)
                           .network("noroute", 3, 2)
                           .timing(1s, 1s)
                           .build());
  const Address router = *Address::parse("203.0.113.1");
  const Address ourselves = *Address::parse("198.51.100.9");
  daemon.network.local_fault = [&](const Answer& a) { return a.from == ourselves; };
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate;
    fate.icmp_error = IcmpErrorCode{3, 1};
    fate.router = octet_of(r.to) == 3 ? ourselves : router;
    if (octet_of(r.to) == 2) fate.reply_after = kRtt;
    return fate;
  };
  daemon.run_for(30s);
  CHECK(failures(probes_of(daemon, "refused"), FailureReason::unreachable) > 40);
  CHECK(failures(probes_of(daemon, "refused"), FailureReason::timeout) == 0);
  CHECK(daemon.of("refused").modules[0].errors.at(0).responder == router);
  CHECK(sum_of(probes_of(daemon, "answered").failures) == 0);
  CHECK(voids(probes_of(daemon, "noroute"), VoidCause::local_route) > 40);
  CHECK(sum_of(probes_of(daemon, "noroute").failures) == 0);
  CHECK(daemon.of("noroute").state == State::unknown);
}

TEST_CASE("an error that quotes too little goes to the newest probe it fits") {
  VirtualDaemon daemon(ConfigBuilder().network("refused", 1, 4).timing(1s, 3s).build());
  daemon.network.decide = [](const ProbeRequest&, Instant) {
    Fate fate;
    fate.icmp_error = IcmpErrorCode{3, 1};
    fate.router = Address::v4(0xcb007101U);
    fate.short_quote = true;
    return fate;
  };
  daemon.run_for(30s);
  CHECK(failures(probes_of(daemon, "refused"), FailureReason::unreachable) > 80);
  CHECK(failures(probes_of(daemon, "refused"), FailureReason::timeout) == 0);
}

TEST_CASE("a send the kernel refuses is void, and no network is blamed") {
  const int error = GENERATE(ENETUNREACH, EPERM);
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 4).build());
  daemon.network.decide = [error](const ProbeRequest&, Instant) { return Fate{.send_error = error}; };
  daemon.run_for(30s);
  const ProbeCounters p = probes_of(daemon, "a");
  CHECK(p.sent > 100);
  CHECK(voids(p, error == EPERM ? VoidCause::send : VoidCause::local_route) == p.sent);
  CHECK(daemon.of("a").state == State::unknown);
}

TEST_CASE("what a prober has counted stays counted when its sockets are closed after a reload") {
  ConfigBuilder config;
  config.network("a", 1, 4);
  VirtualDaemon daemon(config.build());
  daemon.run_for(1s);
  daemon.network.receive_drops += 5;
  daemon.run_for(1s);
  CHECK(daemon.snapshot()->receive_drops == 5);
  config.raw().vantage.contact = "mailto:noc@example.net";
  daemon.reload(config.build());
  daemon.run_for(1s);
  CHECK(daemon.snapshot()->receive_drops == 5);
  daemon.run_for(7min);
  CHECK(daemon.snapshot()->receive_drops == 5);
}

TEST_CASE("answers our own queue dropped are void, not loss") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(1s, 1s).build());
  daemon.network.decide = [&](const ProbeRequest& r, Instant) {
    Fate fate;
    const bool overflow = daemon.elapsed() >= 20s && daemon.elapsed() < 26s;
    if (overflow && !is_reference(r.to)) {
      ++daemon.network.receive_drops;
    } else {
      fate.reply_after = kRtt;
    }
    return fate;
  };
  daemon.run_for(40s);
  CHECK(sum_of(probes_of(daemon, "a").failures) == 0);
  CHECK(voids(probes_of(daemon, "a"), VoidCause::receive_drop) >= 80);
  CHECK(daemon.network.events.empty());
  CHECK(daemon.of("a").state_changes == 1);
}

TEST_CASE("a process that stood still for five seconds misses probes and loses nothing") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 16).references(3, 2).timing(1s, 1s).build());
  daemon.network.decide = [](const ProbeRequest&, Instant) { return Fate{.reply_after = kRtt}; };
  daemon.run_for(20s);
  daemon.stop_for(5s);
  daemon.run_for(20s);
  const ProbeCounters p = probes_of(daemon, "a");
  CHECK(sum_of(p.failures) == 0);
  CHECK(sum_of(p.voids) == 0);
  CHECK(p.missed >= 60);
  CHECK(p.missed <= 90);
  CHECK(daemon.of("a").state == State::up);
  CHECK(daemon.snapshot()->vantage_ok);
}
