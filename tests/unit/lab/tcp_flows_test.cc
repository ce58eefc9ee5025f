#include "tests/lab/tcp_flows.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/lab/segment.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kFirst = 0xfffffff0;  // so that sequence numbers wrap around in every test

// One client of one host.
class Client {
 public:
  explicit Client(TcpFlows& flows, const HttpBehaviour* site = nullptr) : flows_(flows), site_(site) {}

  SegmentText text;

  SeenSegment syn(Elapsed now = 0s) {
    text.flags = kSyn;
    packet_ = segment_of(text);
    bool tracked = true;
    return read_segment(flows_.accept(parse_segment(packet_, parse_packet(packet_)), kFirst, now, tracked));
  }

  std::vector<SeenSegment> send(std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgement,
                                const std::string& payload = "", Elapsed now = 0s) {
    text.flags = flags;
    text.sequence = sequence;
    text.acknowledgement = acknowledgement;
    text.payload = payload;
    packet_ = segment_of(text);
    out_.clear();
    flows_.receive(parse_segment(packet_, parse_packet(packet_)), site_, now, out_, counts);
    return seen();
  }

  // Lets all timers until `now` run; what they send.
  std::vector<SeenSegment> run(Elapsed now) {
    out_.clear();
    while (flows_.due(now)) flows_.time_out(site_, out_, counts);
    return seen();
  }

  TcpCounts counts;

 private:
  std::vector<SeenSegment> seen() const {
    std::vector<SeenSegment> all;
    for (const Outgoing& outgoing : out_) {
      all.push_back(read_segment(outgoing.packet));
      CHECK(all.back().checksum_right);
      CHECK(outgoing.packet.size() <= 1500);
    }
    return all;
  }

  TcpFlows& flows_;
  const HttpBehaviour* site_;
  Bytes packet_;
  std::vector<Outgoing> out_;
};

TEST_CASE("a SYN-ACK is repeated five times, each after twice the time, then forgotten") {
  TcpFlows flows;
  Client client(flows);
  const SeenSegment first = client.syn(10s);
  CHECK(first.acknowledgement == 1001);
  std::vector<Elapsed> times;
  while (const auto next = flows.next_timer()) {
    CHECK(client.run(*next - 1ns).empty());
    const auto sent = client.run(*next);
    if (sent.empty()) {
      CHECK(*next == 10s + 63s);
      break;
    }
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].sequence == first.sequence);
    CHECK(sent[0].acknowledgement == first.acknowledgement);
    CHECK(sent[0].flags == (kSyn | kAck));
    times.push_back(*next - 10s);
  }
  CHECK(times == std::vector<Elapsed>{1s, 3s, 7s, 15s, 31s});
  CHECK(client.counts.repeats == 5);
  CHECK(flows.size() == 0);
}

TEST_CASE("a reset of the SYN's own sequence ends the repeats, any other does not") {
  TcpFlows flows;
  Client client(flows);
  client.syn();
  CHECK(client.send(kRst, 1000, 0).empty());
  CHECK(client.send(kRst, 77, 0).empty());
  CHECK(client.run(1s).size() == 1);
  CHECK(client.send(kRst, 1001, 0).empty());
  CHECK(flows.size() == 0);
  CHECK_FALSE(flows.next_timer().has_value());
  CHECK(client.counts.resets == 3);
}

TEST_CASE("a SYN that comes again gets the same answer, a new one a new connection") {
  TcpFlows flows;
  Client client(flows);
  CHECK(client.syn().sequence == kFirst);
  client.run(1s);
  CHECK(client.syn(2s).sequence == kFirst);
  CHECK(flows.next_timer() == 3s);
  client.text.sequence = 5000;
  CHECK(client.syn(2s).acknowledgement == 5001);
  CHECK(flows.size() == 1);
  CHECK(flows.next_timer() == 3s);
  client.text.from_port = 20001;
  client.syn(2s);
  CHECK(flows.size() == 2);
}

TEST_CASE("an acknowledgement ends the repeats and is a connection; a wrong one is reset") {
  TcpFlows flows;
  Client client(flows);
  client.syn();
  const auto wrong = client.send(kAck, 1001, 4711);
  REQUIRE(wrong.size() == 1);
  CHECK(wrong[0].flags == kRst);
  CHECK(wrong[0].sequence == 4711);
  CHECK(client.counts.connections == 0);
  CHECK(client.send(kAck, 1001, kFirst + 1).empty());
  CHECK(client.counts.connections == 1);
  CHECK(client.run(62s).empty());
  CHECK(client.run(63s).empty());
  CHECK(flows.size() == 0);
}

TEST_CASE("beyond the table's size an open port answers and remembers nothing") {
  TcpFlows flows(1);
  Client first(flows);
  first.syn();
  Client second(flows);
  second.text.from_port = 3;
  CHECK(second.syn().flags == (kSyn | kAck));
  CHECK(flows.size() == 1);
  // What comes for a connection that nobody knows is reset.
  const auto answer = second.send(kAck, 1001, kFirst + 1);
  REQUIRE(answer.size() == 1);
  CHECK(answer[0].flags == kRst);
}

TEST_CASE("a web site answers the whole request and closes") {
  HttpBehaviour site;
  site.body = "hello";
  const std::string response = response_text(site, 200, false);
  TcpFlows flows;
  Client client(flows, &site);
  client.text.options = linux_options();
  client.syn();
  client.send(kAck, 1001, kFirst + 1);
  const auto half = client.send(kAck | kPsh, 1001, kFirst + 1, "GET / HTTP/1.1\r\n");
  REQUIRE(half.size() == 1);
  CHECK(half[0].flags == kAck);
  CHECK(half[0].acknowledgement == 1017);
  CHECK(half[0].options.size() == 12);
  // A part that is known already comes again together with more, and is not read twice.
  const auto more = client.send(kAck | kPsh, 1015, kFirst + 1, "\r\nHost: a\r\n");
  REQUIRE(more.size() == 1);
  CHECK(more[0].payload.empty());
  CHECK(more[0].acknowledgement == 1026);
  const auto whole = client.send(kAck | kPsh, 1026, kFirst + 1, "\r\n");
  REQUIRE(whole.size() == 1);
  CHECK(whole[0].payload == response);
  CHECK(whole[0].flags == (kAck | kPsh | kFin));
  CHECK(whole[0].sequence == kFirst + 1);
  CHECK(whole[0].acknowledgement == 1028);
  CHECK(client.counts.responses == 1);
  const auto size = static_cast<std::uint32_t>(response.size());
  const auto last = client.send(kAck | kFin, 1028, kFirst + 1 + size + 1);
  REQUIRE(last.size() == 1);
  CHECK(last[0].flags == kAck);
  CHECK(last[0].sequence == kFirst + 1 + size + 1);
  CHECK(last[0].acknowledgement == 1029);
  CHECK(client.run(60s).empty());
  // The last acknowledgement was lost.
  CHECK(client.send(kAck | kFin, 1028, kFirst + 1 + size + 1, "", 60s).at(0).acknowledgement == 1029);
  CHECK(client.counts.responses == 1);
}

TEST_CASE("a long response comes in segments that fit, and again from what is not acknowledged") {
  HttpBehaviour site;
  site.body = std::string(5000, 'x');
  const std::string response = response_text(site, 503, false);
  site.dead = {{{0s, 1h}, DeadSite::Answer::status, 503}};
  const bool v6 = GENERATE(false, true);
  TcpFlows flows;
  Client client(flows, &site);
  if (v6) {
    client.text.from = "2001:db8:ffff::9";
    client.text.to = "2001:db8:1::3";
  }
  client.text.options = linux_options();
  client.syn();
  const auto parts = client.send(kAck, 1001, kFirst + 1, "GET / HTTP/1.1\r\n\r\n");
  REQUIRE(parts.size() == 4);
  std::string got;
  for (const SeenSegment& part : parts) {
    CHECK(part.sequence == kFirst + 1 + static_cast<std::uint32_t>(got.size()));
    CHECK(((part.flags & kFin) != 0) == (&part == &parts.back()));
    CHECK(part.payload.size() <= (v6 ? 1428U : 1448U));
    got += part.payload;
  }
  CHECK(got == response);

  client.send(kAck, 1019, parts[2].sequence, "", 500ms);
  const auto again = client.run(1500ms);
  REQUIRE(again.size() == 2);
  CHECK(again[0].sequence == parts[2].sequence);
  CHECK(again[0].payload == parts[2].payload);
  CHECK(again[1].payload == parts[3].payload);
  CHECK(client.run(3500ms).size() == 2);
  CHECK(client.run(7500ms).size() == 2);
  CHECK(client.counts.responses_repeated == 3);
  CHECK(client.run(1h).empty());
  CHECK(flows.size() == 0);
}

TEST_CASE("data behind a gap is not taken") {
  HttpBehaviour site;
  TcpFlows flows;
  Client client(flows, &site);
  client.syn();
  const auto answer = client.send(kAck, 1005, kFirst + 1, "GET / HTTP/1.1\r\n\r\n");
  REQUIRE(answer.size() == 1);
  CHECK(answer[0].payload.empty());
  CHECK(answer[0].acknowledgement == 1001);
  CHECK(client.counts.responses == 0);
}

TEST_CASE("a port that serves nothing acknowledges and closes with the client") {
  TcpFlows flows;
  Client client(flows);
  client.syn();
  const auto data = client.send(kAck, 1001, kFirst + 1, "GET / HTTP/1.1\r\n\r\n");
  REQUIRE(data.size() == 1);
  CHECK(data[0].payload.empty());
  CHECK(data[0].acknowledgement == 1019);
  const auto end = client.send(kAck | kFin, 1019, kFirst + 1);
  REQUIRE(end.size() == 1);
  CHECK(end[0].flags == (kAck | kPsh | kFin));
  CHECK(end[0].acknowledgement == 1020);
  CHECK(client.counts.responses == 0);
  CHECK(client.send(kAck, 1020, kFirst + 2).empty());
  CHECK(client.run(60s).empty());
}

TEST_CASE("a dark host's timers run on without a word") {
  TcpFlows flows;
  Client client(flows);
  client.syn();
  flows.hush();
  CHECK(flows.next_timer() == 3s);
  CHECK(client.counts.repeats == 0);
  CHECK(client.run(3s).size() == 1);
}

}  // namespace
}  // namespace blipd::lab
