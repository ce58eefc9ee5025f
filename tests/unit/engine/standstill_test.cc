// Our own thread, or the whole machine, stands still at any moment: between a send and its stamp, before answers are
// read, between two steps. No network is blamed for it, and an outage is found all the same.
#include <algorithm>
#include <cmath>
#include <random>

#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

using namespace blipd;
using namespace blipd::test;
using namespace std::chrono_literals;

namespace {

ProbeCounters probes_of(VirtualDaemon& daemon, const std::string& name) { return daemon.of(name).modules.at(0).probes; }
std::uint64_t voids(const ProbeCounters& p, VoidCause cause) { return p.voids[static_cast<std::size_t>(cause)]; }

bool blames_a_network(const std::vector<Event>& events) {
  return std::any_of(events.begin(), events.end(), [](const Event& event) { return !event.network.empty(); });
}

/// References answer fast, so that they have seldom anything in flight; network 1 fast, network 2 late in its second.
Fate answered(const ProbeRequest& request, Instant) {
  if (is_reference(request.to)) return {.reply_after = 2ms};
  return {.reply_after = octet_of(request.to) == 1 ? Duration(20ms) : Duration(650ms)};
}

std::shared_ptr<const Config> config() {
  return ConfigBuilder().network("fast", 1, 32).network("slow", 2, 32).references(3, 2).timing(1s, 1s).build();
}

/// A standstill now and then, of this process or of the whole machine.
class Trouble {
 public:
  Trouble(VirtualDaemon& daemon, unsigned seed) : daemon_(daemon), dice_(seed) {}
  /// Once in so many times.
  void maybe(unsigned times) {
    if (!on || std::uniform_int_distribution<unsigned>(1, times)(dice_) != 1) return;
    // Most are short.
    const double exponent = std::uniform_real_distribution<double>(std::log(0.01), std::log(5.0))(dice_);
    const auto span = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(std::exp(exponent)));
    if (std::bernoulli_distribution(0.5)(dice_)) {
      daemon_.stop_for(span);
    } else {
      daemon_.stand_still(span);
    }
    ++done;
  }
  bool on = false;
  unsigned done = 0;

 private:
  VirtualDaemon& daemon_;
  std::mt19937 dice_;
};

}  // namespace

TEST_CASE("what the whole machine held up is no network's failure") {
  VirtualDaemon daemon(config());
  daemon.network.decide = answered;
  daemon.run_for(20s + 350ms);
  daemon.stand_still(800ms);
  daemon.run_for(20s);
  const ProbeCounters p = probes_of(daemon, "slow");
  CHECK(sum_of(p.failures) == 0);
  CHECK(p.late >= 3);
  CHECK(voids(p, VoidCause::vantage) == p.late);
  CHECK(sum_of(probes_of(daemon, "fast").failures) == 0);
  CHECK(daemon.network.events.empty());
}

TEST_CASE("a standstill in the middle of a send, whose packets have no stamps, is no network's failure") {
  VirtualDaemon daemon(config());
  daemon.network.decide = answered;
  daemon.network.send_stamps = false;
  daemon.run_for(20s + 350ms);
  unsigned packets = 0;
  daemon.network.before_packet = [&] {
    if (++packets == 5) daemon.network.now += 1500ms;
  };
  daemon.run_for(20s);
  CHECK(sum_of(probes_of(daemon, "slow").failures) == 0);
  CHECK(sum_of(probes_of(daemon, "fast").failures) == 0);
  CHECK_FALSE(blames_a_network(daemon.network.events));
}

TEST_CASE("standstills at any moment, of any length, are no network's failure") {
  const unsigned seed = GENERATE(range(1U, 13U));
  CAPTURE(seed);
  VirtualDaemon daemon(config());
  Trouble trouble(daemon, seed);
  daemon.network.decide = answered;
  daemon.network.send_stamps = seed % 2 == 0;
  daemon.network.before_packet = [&] { trouble.maybe(300); };
  daemon.network.before_read = [&] { trouble.maybe(1000); };
  daemon.run_for(20s);
  trouble.on = true;
  daemon.run_for(300s);
  trouble.on = false;
  daemon.network.before_packet = {};
  daemon.run_for(20s);
  CHECK(trouble.done > 50);
  for (const char* name : {"fast", "slow"}) {
    const ProbeCounters p = probes_of(daemon, name);
    CHECK(sum_of(p.failures) == 0);
    CHECK(p.replies > 1000);
    CHECK(identity_holds(p));
    CHECK(daemon.of(name).state == State::up);
  }
  CHECK_FALSE(blames_a_network(daemon.network.events));
}

TEST_CASE("an outage of which all probes turn out void is told, and says so") {
  VirtualDaemon daemon(ConfigBuilder().network("a", 1, 32).references(3, 2).timing(1s, 5s).build());
  daemon.network.decide = [&](const ProbeRequest& request, Instant) {
    const bool dark = daemon.elapsed() >= 60s && daemon.elapsed() < 64s;
    return !is_reference(request.to) && dark ? Fate{} : Fate{.reply_after = 20ms};
  };
  daemon.run_for(63s + 500ms);
  REQUIRE(daemon.network.events.size() == 1);
  CHECK(daemon.network.events[0].evidence.voids == 0);
  daemon.stand_still(1500ms);
  daemon.run_for(300s);
  const Event& event = daemon.network.events.back();
  REQUIRE(event.end);
  CHECK_FALSE(event.evidence.retracted);
  CHECK(event.failures == 0);
  CHECK(event.probes == 0);
  CHECK(event.evidence.voids > 70);
  CHECK(voids(probes_of(daemon, "a"), VoidCause::vantage) >= event.evidence.voids);
}

TEST_CASE("a machine that stands still again and again finds an outage all the same") {
  VirtualDaemon daemon(config());
  const Instant dark = daemon.network.now + 40s;
  daemon.network.decide = [&](const ProbeRequest& request, Instant sent) {
    return !is_reference(request.to) && octet_of(request.to) == 1 && sent >= dark ? Fate{} : answered(request, sent);
  };
  for (int i = 0; i < 40; ++i) {
    daemon.run_for(1700ms);
    daemon.stand_still(300ms);
  }
  CHECK(daemon.of("fast").state == State::down);
  CHECK(sum_of(probes_of(daemon, "fast").failures) > 32 * 10);
  CHECK(daemon.of("slow").state == State::up);
  REQUIRE(daemon.network.events.size() == 1);
  CHECK(daemon.network.events.front().network == "fast");
  CHECK(daemon.network.events.front().event_class == EventClass::outage);
}
