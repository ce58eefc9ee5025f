#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/lab/network.h"
#include "tests/support/catch.h"
#include "tests/unit/lab/request.h"
#include "tests/unit/lab/segment.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

using Plan = std::vector<PlannedPacket>;

LabNetworks networks_of(const std::string& behaviour) {
  auto scenario =
      parse_scenario("networks: [{name: a, prefixes: [198.18.1.0/28, '2001:db8:1::/124'], " + behaviour + "}]", "lab");
  INFO((scenario ? "" : scenario.error().message));
  REQUIRE(scenario.has_value());
  return LabNetworks(std::move(*scenario));
}

Plan send(LabNetworks& networks, const SegmentText& text, Elapsed now = 0s) {
  Plan out;
  networks.receive(segment_of(text), now, out);
  return out;
}

Plan tick(LabNetworks& networks, Elapsed now) {
  Plan out;
  networks.tick(now, out);
  return out;
}

SegmentText syn_to(std::uint16_t port, std::uint16_t from_port = 20000) {
  SegmentText text;
  text.to_port = port;
  text.from_port = from_port;
  return text;
}

const TcpCounts& counts_of(const LabNetworks& networks) { return networks.truth().networks[0].tcp.total; }

bool identity_holds(const Counts& c) {
  return c.requests == c.answered + c.late + c.lost + c.errors && c.dark <= c.lost;
}

TEST_CASE("a port is open, closed or silent") {
  struct Row {
    std::string behaviour;
    std::uint16_t port;
    int flags;  // -1: silent
  };
  const auto row =
      GENERATE(Row{"delay: 20ms", 80, -1}, Row{"tcp: {}", 80, kRst | kAck},
               Row{"tcp: {open: [80, 443]}", 443, kSyn | kAck}, Row{"tcp: {open: [80, 443]}", 22, kRst | kAck},
               Row{"tcp: {open: [80, 443], closed: silent}", 22, -1}, Row{"http: {ports: [8080]}", 8080, kSyn | kAck},
               Row{"http: {ports: [8080]}", 80, -1}, Row{"http: {dead: [{to: 5s, answer: rst}]}", 80, kRst | kAck},
               Row{"http: {dead: [{to: 5s}]}", 80, -1}, Row{"http: {dead: [{to: 5s, answer: 503}]}", 80, kSyn | kAck},
               Row{"http: {dead: [{from: 1s, to: 5s}]}", 80, kSyn | kAck});
  INFO(row.behaviour);
  LabNetworks networks = networks_of(row.behaviour);
  const Plan out = send(networks, syn_to(row.port));
  const TcpCounts& counts = counts_of(networks);
  CHECK(counts.requests == 1);
  if (row.flags < 0) {
    CHECK(out.empty());
    CHECK(counts.dark == 1);
    CHECK(counts.lost == 1);
  } else {
    REQUIRE(out.size() == 1);
    CHECK(read_segment(out[0].bytes).flags == row.flags);
    CHECK(counts.answered == 1);
    CHECK(counts.refused == (row.flags == (kRst | kAck) ? 1 : 0));
  }
  CHECK(networks.truth().networks[0].icmp.total.requests == 0);
}

TEST_CASE("a dead web site leaves the host's echo replies alone") {
  LabNetworks networks = networks_of("http: {dead: [{to: 1h}]}");
  Plan out;
  networks.receive(echo_request("198.51.100.9", "198.18.1.1"), 0s, out);
  CHECK(out.size() == 1);
}

TEST_CASE("delay, duplicates, late and error answers hold for SYNs") {
  LabNetworks twice = networks_of("delay: 20ms, tcp: {open: [80]}, duplicate: 1");
  const Plan pair = send(twice, syn_to(80), 3s);
  REQUIRE(pair.size() == 2);
  CHECK(pair[0].at == 3s + 20ms);
  CHECK(pair[0].bytes == pair[1].bytes);
  CHECK(counts_of(twice).duplicates == 1);

  LabNetworks late = networks_of("delay: 20ms, tcp: {open: [80]}, late: {probability: 1, delay: 4s}");
  const Plan after = send(late, syn_to(80), 3s);
  REQUIRE(after.size() == 1);
  CHECK(after[0].at == 3s + 20ms + 4s);
  CHECK(counts_of(late).late == 1);
  CHECK(late.next_timer() == 3s + 4s + 1s);

  LabNetworks error = networks_of(
      "tcp: {open: [80]}, error: {probability: 1, code: 13, from: 198.18.0.254, from6: '2001:db8::fe', quote: 8}");
  const Plan unreachable = send(error, syn_to(80));
  REQUIRE(unreachable.size() == 1);
  CHECK(source_of(unreachable[0].bytes) == "198.18.0.254");
  const Bytes icmp = icmp_of(unreachable[0].bytes);
  REQUIRE(icmp.size() == 8 + 20 + 8);
  CHECK(icmp[0] == 3);
  CHECK(icmp[1] == 13);
  const Bytes syn = segment_of(syn_to(80));
  CHECK(Bytes(icmp.begin() + 8, icmp.end()) == Bytes(syn.begin(), syn.begin() + 28));
  CHECK(counts_of(error).errors == 1);
  CHECK_FALSE(error.next_timer().has_value());
}

TEST_CASE("forged and stray SYN-ACKs go first, also where the true one is lost") {
  const bool lost = GENERATE(false, true);
  LabNetworks networks = networks_of(std::string("tcp: {open: [80]}, forge: 1, stray: 1, loss: ") + (lost ? "1" : "0"));
  const Plan out = send(networks, syn_to(80));
  REQUIRE(out.size() == (lost ? 2 : 3));
  CHECK(source_of(out[0].bytes) == "198.18.1.1");
  CHECK(read_segment(out[0].bytes).acknowledgement != 1001);
  CHECK(source_of(out[1].bytes) == "198.18.1.0");
  CHECK(read_segment(out[1].bytes).acknowledgement == 1001);
  CHECK(counts_of(networks).forged == 1);
  CHECK(counts_of(networks).stray == 1);
  CHECK(identity_holds(counts_of(networks)));
}

TEST_CASE("who is dark answers no segment and repeats nothing while it lasts") {
  LabNetworks networks = networks_of("tcp: {open: [80]}, outages: [{from: 500ms, to: 2s}]");
  CHECK(send(networks, syn_to(80)).size() == 1);
  CHECK(tick(networks, 1500ms).empty());
  SegmentText reset = syn_to(80);
  reset.flags = kRst;
  reset.sequence = 1001;
  send(networks, reset, 1900ms);
  CHECK(counts_of(networks).resets == 0);
  const Plan repeat = tick(networks, 3s);
  REQUIRE(repeat.size() == 1);
  CHECK(repeat[0].at == 3s);
  CHECK(counts_of(networks).repeats == 1);
}

// Both directions lose three tenths; every SYN has a flow of its own, and a reset answers each SYN-ACK that comes.
TEST_CASE("each direction loses by itself, and no repeat makes a lost SYN answered") {
  LabNetworks networks = networks_of("tcp: {open: [80]}, loss_forward: 0.3, loss_back: 0.3");
  constexpr int kSyns = 20000;
  std::uint64_t replies = 0;
  std::uint64_t repeats = 0;
  const auto reset = [&](const PlannedPacket& packet) {
    SegmentText text = syn_to(80, static_cast<std::uint16_t>(read_segment(packet.bytes).to_port));
    text.flags = kRst;
    text.sequence = 1001;
    send(networks, text, packet.at);
  };
  for (int i = 0; i < kSyns; ++i) {
    const Plan out = send(networks, syn_to(80, static_cast<std::uint16_t>(i + 1)));
    replies += out.size();
    for (const PlannedPacket& packet : out) reset(packet);
  }
  for (Elapsed now = 1s; now < 70s; now += 1s) {
    const Plan out = tick(networks, now);
    repeats += out.size();
    for (const PlannedPacket& packet : out) reset(packet);
  }
  const TcpCounts& counts = counts_of(networks);
  const auto near = [](std::uint64_t count, double expected, double of) {
    return std::abs(static_cast<double>(count) - expected) < 4 * std::sqrt(of * 0.25);
  };
  CHECK(counts.requests == kSyns);
  CHECK(counts.answered == replies);
  CHECK(near(counts.answered, kSyns * 0.49, kSyns));
  CHECK(counts.repeats - counts.repeats_lost == repeats);
  // Of the SYNs that came through, those whose SYN-ACK or whose reset was lost are repeated once at least.
  CHECK(counts.repeats > kSyns / 3);
  CHECK(identity_holds(counts));
  CHECK_FALSE(networks.next_timer().has_value());
}

TEST_CASE("loss in each direction holds for echo requests, replies and duplicates") {
  LabNetworks networks = networks_of("loss_forward: 0.2, loss_back: 0.5, duplicate: 1");
  std::uint64_t packets = 0;
  constexpr int kRequests = 10000;
  for (int i = 0; i < kRequests; ++i) {
    Plan out;
    networks.receive(echo_request("198.51.100.9", "198.18.1.1"), 0s, out);
    packets += out.size();
  }
  const Counts& counts = networks.truth().networks[0].icmp.total;
  CHECK(identity_holds(counts));
  CHECK(packets == counts.answered + counts.duplicates);
  CHECK(std::abs(static_cast<double>(counts.answered) - kRequests * 0.8 * 0.75) < 200);
  CHECK(std::abs(static_cast<double>(counts.duplicates) - kRequests * 0.8 * 0.25) < 200);
  CHECK(std::abs(static_cast<double>(counts.lost_forward) - kRequests * 0.2) < 200);
  CHECK(counts.lost_back + packets == 2 * (kRequests - counts.lost_forward));
}

TEST_CASE("TCP beside does not change the fate of echo requests") {
  const std::string behaviour = "loss: 0.3, tcp: {open: [80]}, loss_back: 0.1";
  LabNetworks alone = networks_of(behaviour);
  LabNetworks beside = networks_of(behaviour);
  for (int i = 0; i < 1000; ++i) {
    Plan a;
    Plan b;
    alone.receive(echo_request("198.51.100.9", "198.18.1.1"), 0s, a);
    send(beside, syn_to(80, static_cast<std::uint16_t>(i + 1)));
    beside.receive(echo_request("198.51.100.9", "198.18.1.1"), 0s, b);
    CHECK(a.empty() == b.empty());
  }
}

TEST_CASE("a web site answers through the delay, over IPv6 too") {
  LabNetworks networks = networks_of("delay: 20ms, http: {status: 503, body: gone}");
  SegmentText text = syn_to(80);
  text.from = "2001:db8:ffff::9";
  text.to = "2001:db8:1::1";
  const Plan answer = send(networks, text);
  REQUIRE(answer.size() == 1);
  text.flags = kAck;
  text.sequence = 1001;
  text.acknowledgement = read_segment(answer[0].bytes).sequence + 1;
  text.payload = "GET / HTTP/1.1\r\n\r\n";
  const Plan response = send(networks, text, 1s);
  REQUIRE(response.size() == 1);
  CHECK(response[0].at == 1s + 20ms);
  CHECK(read_segment(response[0].bytes).payload.rfind("HTTP/1.1 503 \r\n", 0) == 0);
  CHECK(counts_of(networks).connections == 1);
  CHECK(counts_of(networks).responses == 1);
  CHECK(tick(networks, 2s).size() == 1);
  CHECK(counts_of(networks).responses_repeated == 1);
}

TEST_CASE("segments with a wrong checksum or to nobody are counted and not answered") {
  LabNetworks networks = networks_of("tcp: {open: [80]}");
  Plan out;
  Bytes wrong = segment_of(syn_to(80));
  wrong.back() ^= 1;
  networks.receive(wrong, 0s, out);
  SegmentText nobody = syn_to(80);
  nobody.to = "198.18.9.9";
  networks.receive(segment_of(nobody), 0s, out);
  CHECK(out.empty());
  CHECK(networks.truth().bad_checksum == 1);
  CHECK(networks.truth().unknown_destination == 1);
  CHECK(counts_of(networks).requests == 0);
}

}  // namespace
}  // namespace blipd::lab
