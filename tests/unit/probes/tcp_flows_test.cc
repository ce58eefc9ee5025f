#include "probes/tcp_flows.h"

#include <map>
#include <random>
#include <set>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

const Address kHost = Address::v4(0xcb007107);

ReplySignature key(std::uint8_t first) { return ReplySignature(ReplySignature::Key{first}); }
Instant at(Duration since_boot) { return Instant(since_boot); }

TEST_CASE("a sequence number decodes to its slot, whatever key, host and ports") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; ++i) {
    ReplySignature::Key bytes;
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const TcpFlows flows(20000, ReplySignature(bytes));
    TcpFlow flow{kHost.plus(random()), static_cast<std::uint16_t>(random()), static_cast<std::uint16_t>(random())};
    const auto slot = static_cast<FlightSlot>(random());
    const std::uint32_t sequence = flows.sequence_of(flow, slot);
    REQUIRE(flows.slot_of(flow, sequence) == slot);
  }
}

TEST_CASE("host, either port and the key change the sequence number") {
  const TcpFlows flows(20000, key(1));
  const TcpFlow flow{kHost, 20001, 443};
  std::set<std::uint32_t> sequences{flows.sequence_of(flow, 77), flows.sequence_of({kHost.plus(1), 20001, 443}, 77),
                                    flows.sequence_of({kHost, 20002, 443}, 77),
                                    flows.sequence_of({kHost, 20001, 444}, 77),
                                    TcpFlows(20000, key(2)).sequence_of(flow, 77)};
  CHECK(sequences.size() == 5);
}

TEST_CASE("the sequence number next to one of ours is far from any slot near ours") {
  const TcpFlows flows(20000, key(3));
  int near = 0;
  for (FlightSlot slot = 0x01000000; slot < 0x01000000 + 20000; ++slot) {
    const TcpFlow flow{kHost, 20001, 443};
    const FlightSlot wrong = flows.slot_of(flow, flows.sequence_of(flow, slot) + 1);
    if (wrong >> 24U == slot >> 24U) ++near;
  }
  // One in 256 by chance.
  CHECK(near < 200);
}

TEST_CASE("ports are ours from the first to the last, and one half says that a reset is a failure") {
  const TcpFlows flows(65535 - 257, key(1));
  CHECK(flows.last_port() == 65535);
  CHECK(flows.owns(65535));
  CHECK(flows.owns(65535 - 257));
  CHECK_FALSE(flows.owns(65535 - 258));
  CHECK_FALSE(TcpFlows(20000, key(1)).owns(20258));
  for (std::uint32_t place = 0; place < 500; ++place) {
    for (const ResetMeaning meaning : {ResetMeaning::reply, ResetMeaning::refused}) {
      const std::uint16_t port = flows.source_port({1, place}, meaning, at(place * 333ms));
      REQUIRE(flows.owns(port));
      REQUIRE(flows.meaning_of(port) == meaning);
    }
  }
}

TEST_CASE("probes of one target at least half a second apart use a port again after 64 s at the earliest") {
  CHECK(TcpFlows::kRest == 64s);
  std::mt19937_64 random(5);
  for (std::uint32_t target = 0; target < 20; ++target) {
    const TcpFlows flows(20000, key(static_cast<std::uint8_t>(target)));
    std::map<std::uint16_t, Instant> last;
    std::set<std::uint16_t> used;
    Instant now = at(std::chrono::nanoseconds(random() % 1000000000000));
    for (int i = 0; i < 5000; ++i) {
      // A third of the probes comes as early as it may.
      now += 500ms + (i % 3 == 0 ? 0ns : std::chrono::nanoseconds(random() % 1000000000));
      const std::uint16_t port = flows.source_port({9, target}, ResetMeaning::reply, now);
      const auto before = last.find(port);
      if (before != last.end()) REQUIRE(now - before->second >= 64s);
      last[port] = now;
      used.insert(port);
    }
    CHECK(used.size() == TcpFlows::kStations);
  }
}

TEST_CASE("targets start at different ports") {
  const TcpFlows flows(20000, key(1));
  std::map<std::uint16_t, int> probes_at;
  for (std::uint32_t place = 0; place < 12900; ++place) {
    ++probes_at[flows.source_port({1, place}, ResetMeaning::reply, at(100s))];
  }
  CHECK(probes_at.size() == TcpFlows::kStations);
  for (const auto& [port, probes] : probes_at) {
    CAPTURE(port);
    CHECK(probes > 50);
    CHECK(probes < 160);
  }
}

TEST_CASE("time stamps go on by one a millisecond from a start that is the key's") {
  const TcpFlows flows(20000, key(1));
  const std::uint32_t start = flows.timestamp(at(0s));
  CHECK(start != 0);
  CHECK(flows.timestamp(at(1ms)) - start == 1);
  CHECK(flows.timestamp(at(1999999ns)) - start == 1);
  CHECK(flows.timestamp(at(4294967297ms)) - start == 1);
  CHECK(TcpFlows(20000, key(2)).timestamp(at(0s)) != start);
}

TEST_CASE("slots are credible beside those that were sent") {
  TcpFlows flows(20000, key(1));
  CHECK_FALSE(flows.credible(0x01000005));
  flows.note_sent(0x01000005);
  CHECK(flows.credible(0x01000005));
  CHECK(flows.credible(0x01ffffff));
  CHECK_FALSE(flows.credible(0x02000000));
  CHECK_FALSE(flows.credible(0));
}

}  // namespace
}  // namespace blipd
