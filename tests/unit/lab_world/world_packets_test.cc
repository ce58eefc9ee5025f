#include "tests/lab/world/world_packets.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "tests/lab/packets.h"
#include "tests/support/catch.h"
#include "tests/unit/lab/request.h"
#include "tests/unit/lab/segment.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

constexpr const char* kHost = "198.18.1.1";
constexpr const char* kHost6 = "2001:db8:1::1";

/// One network of both families, 40 ms away, and `incidents`.
World world_of(const std::string& incidents = "", const std::string& hosts = "{count: 2, loss: 0}") {
  auto scenario = blipd::parse_scenario(
      "length: 1h\nvantage: {references: {hosts: [192.0.2.1, \"2001:db8:9::1\"]}}\n"
      "networks:\n  - {name: net, prefixes: [198.18.1.0/24, \"2001:db8:1::/64\"], delay: 40ms, hosts: [" +
          hosts + "],\n     incidents: [" + incidents + "]}\n",
      "test.yaml");
  if (!scenario) FAIL(scenario.error().message);
  return World(std::move(*scenario), 1);
}

struct Seen {
  Bytes packet;
  Elapsed at{};
};

std::optional<Seen> ask(WorldPackets& packets, const Bytes& request, Elapsed now) {
  Bytes room(kMtu, 0xee);  // what was there before is of no consequence
  const auto answer = packets.receive(request, now, room);
  if (!answer) return std::nullopt;
  room.resize(answer->size);
  return Seen{room, answer->at};
}

bool icmp_checksum_right(const Bytes& packet) {
  if (packet[0] >> 4 == 4) {
    return internet_checksum(std::span(packet).first(20)) == 0 && internet_checksum(icmp_of(packet)) == 0;
  }
  const Bytes icmp = icmp_of(packet);
  Bytes pseudo(packet.begin() + 8, packet.begin() + 40);
  append_number(pseudo, icmp.size(), 4);
  append_number(pseudo, 58, 4);
  pseudo.insert(pseudo.end(), icmp.begin(), icmp.end());
  return internet_checksum(pseudo) == 0;
}

Bytes request_to(bool v6, std::size_t payload = 32) {
  return v6 ? echo_request(kWorldAddress6, kHost6, 1, payload) : echo_request(kWorldAddress, kHost, 1, payload);
}

std::uint8_t hop_limit_of(const Bytes& packet) { return packet[packet[0] >> 4 == 6 ? 7 : 8]; }

TEST_CASE("an echo request is answered by its host after the world's delay, with its hop limit") {
  const bool v6 = GENERATE(false, true);
  World world = world_of();
  WorldPackets packets(world);
  const Bytes request = request_to(v6);
  const auto seen = ask(packets, request, 5s);
  REQUIRE(seen);
  const Fate fate = world.send(*Address::parse(v6 ? kHost6 : kHost), Protocol::icmp, 5s, 99);
  CHECK(seen->at == 5s + 40ms);
  CHECK(hop_limit_of(seen->packet) == fate.hop_limit);
  CHECK(seen->packet.size() == request.size());
  CHECK(source_of(seen->packet) == (v6 ? kHost6 : kHost));
  CHECK(destination_of(seen->packet) == (v6 ? kWorldAddress6 : kWorldAddress));
  CHECK(icmp_checksum_right(seen->packet));
  Bytes expected = icmp_of(request);
  Bytes reply = icmp_of(seen->packet);
  CHECK(reply[0] == (v6 ? 129 : 0));
  CHECK(std::equal(expected.begin() + 4, expected.end(), reply.begin() + 4, reply.end()));
  CHECK(packets.counts().requests == 1);
  CHECK(packets.counts().answers == 1);
}

TEST_CASE("a request with IP options is answered without them") {
  World world = world_of();
  WorldPackets packets(world);
  const Bytes plain = request_to(false);
  Bytes request = plain;
  request[0] = 0x46;
  request[3] = static_cast<std::uint8_t>(request[3] + 4);
  request.insert(request.begin() + 20, {1, 1, 1, 0});
  const auto seen = ask(packets, request, 1s);
  REQUIRE(seen);
  CHECK(seen->packet.size() == plain.size());
  CHECK(icmp_checksum_right(seen->packet));
}

TEST_CASE("a router's error quotes the request whole, as far as a router may") {
  struct Row {
    bool v6;
    std::string errors;
    std::size_t payload;
    std::string from;
    std::uint8_t type;
    std::uint8_t code;
    std::size_t size;
  };
  const auto row =
      GENERATE(Row{false, "what: net_unreachable, from: outside", 32, "203.0.113.252", 3, 0, 20 + 8 + 60},
               Row{true, "what: net_unreachable, from: outside", 32, "2001:db8:ffff::fc", 1, 0, 40 + 8 + 80},
               Row{false, "what: prohibited, from: inside", 32, "198.18.1.254", 3, 13, 20 + 8 + 60},
               Row{false, "what: host_unreachable, from: outside", 1000, "203.0.113.252", 3, 1, 576},
               Row{true, "what: host_unreachable, from: outside", 1400, "2001:db8:ffff::fc", 1, 3, 1280});
  World world = world_of("{kind: outage, at: 10s, for: 10s, errors: {share: 1, " + row.errors + "}}");
  WorldPackets packets(world);
  // Lengths above 255 octets are written by hand here.
  Bytes request = request_to(row.v6, std::min<std::size_t>(row.payload, 32));
  request.resize(request.size() + row.payload - 32, 0);
  put_u16(request, row.v6 ? 4 : 2, request.size() - (row.v6 ? 40 : 0));
  const std::size_t icmp = row.v6 ? 40 : 20;
  put_u16(request, icmp + 2, 0);
  const std::uint32_t pseudo = row.v6 ? ~internet_checksum(std::span(request).subspan(8, 32)) & 0xffffU : 0;
  const std::size_t length = request.size() - icmp;
  put_u16(request, icmp + 2,
          internet_checksum(std::span(request).subspan(icmp),
                            row.v6 ? pseudo + 58 + static_cast<std::uint32_t>(length) : 0));
  const auto seen = ask(packets, request, 12s);
  REQUIRE(seen);
  CHECK(source_of(seen->packet) == row.from);
  CHECK(destination_of(seen->packet) == (row.v6 ? kWorldAddress6 : kWorldAddress));
  CHECK(seen->packet.size() == row.size);
  CHECK(icmp_checksum_right(seen->packet));
  CHECK(hop_limit_of(seen->packet) >= 250);
  const Bytes error = icmp_of(seen->packet);
  CHECK(error[0] == row.type);
  CHECK(error[1] == row.code);
  CHECK(std::equal(error.begin() + 8, error.end(), request.begin()));
  CHECK(seen->at > 12s);
  CHECK(seen->at <= 12s + 40ms);
  CHECK(packets.counts().answers == 1);
}

TEST_CASE("a SYN is answered once: by a SYN-ACK, a reset, or a router") {
  const std::string host = GENERATE(std::string(kHost), std::string(kHost6));
  const bool v6 = host == kHost6;
  SegmentText text;
  text.from = v6 ? kWorldAddress6 : kWorldAddress;
  text.to = host;
  text.options = linux_options();
  const Bytes syn = segment_of(text);

  World open = world_of();
  WorldPackets packets(open);
  const auto accepted = ask(packets, syn, 3s);
  REQUIRE(accepted);
  CHECK(accepted->at == 3s + 40ms);
  const SeenSegment ack = read_segment(accepted->packet);
  CHECK(ack.checksum_right);
  CHECK(ack.flags == (kSyn | kAck));
  CHECK(ack.acknowledgement == 1001);
  CHECK(ack.from_port == 80);
  CHECK(ack.to_port == 20000);
  CHECK(ack.options.size() == 20);
  CHECK(source_of(accepted->packet) == host);
  CHECK(hop_limit_of(accepted->packet) == open.send(*Address::parse(host), Protocol::tcp, 3s, 9).hop_limit);

  World closed = world_of("", "{count: 2, loss: 0, tcp: refused}");
  WorldPackets refusing(closed);
  const auto refused = ask(refusing, syn, 3s);
  REQUIRE(refused);
  const SeenSegment reset = read_segment(refused->packet);
  CHECK(reset.checksum_right);
  CHECK(reset.flags == (kRst | kAck));
  CHECK(reset.sequence == 0);
  CHECK(reset.acknowledgement == 1001);

  World dark = world_of("{kind: outage, for: 1h, errors: {share: 1, what: prohibited, from: outside}}");
  WorldPackets blocking(dark);
  const auto blocked = ask(blocking, syn, 3s);
  REQUIRE(blocked);
  const Bytes error = icmp_of(blocked->packet);
  CHECK(error[0] == (v6 ? 1 : 3));
  CHECK(std::equal(syn.begin(), syn.end(), error.begin() + 8, error.end()));
}

TEST_CASE("what is no request is not answered, and counted as what it is") {
  World world = world_of();
  world.record(1s);
  WorldPackets packets(world);
  SegmentText text;
  text.flags = kRst;
  CHECK_FALSE(ask(packets, segment_of(text), 1s));
  text.flags = kAck;
  CHECK_FALSE(ask(packets, segment_of(text), 1s));
  text.flags = kSyn | kAck;
  CHECK_FALSE(ask(packets, segment_of(text), 1s));
  Bytes reply = request_to(false);
  reply[20] = 0;
  CHECK_FALSE(ask(packets, reply, 1s));
  CHECK_FALSE(ask(packets, {}, 1s));
  CHECK(packets.counts().ignored == 5);
  Bytes broken = request_to(true);
  broken.back() ^= 1;
  CHECK_FALSE(ask(packets, broken, 1s));
  CHECK(packets.counts().bad_checksum == 1);
  CHECK(packets.counts().requests == 0);
  CHECK(world.counts_of(0).empty());
}

TEST_CASE("loss is no answer, and the world counts it; strangers are counted apart") {
  World world = world_of("{kind: outage, at: 10s, for: 10s}");
  world.record(1s);
  WorldPackets packets(world);
  CHECK(ask(packets, request_to(false), 9500ms));
  CHECK_FALSE(ask(packets, request_to(false), 10s));
  CHECK_FALSE(ask(packets, request_to(true), 10500ms));
  CHECK_FALSE(ask(packets, echo_request(kWorldAddress, "198.18.1.77"), 11s));
  CHECK(ask(packets, echo_request(kWorldAddress, "192.0.2.1"), 11s));
  CHECK(packets.counts().requests == 5);
  CHECK(packets.counts().answers == 2);
  CHECK(packets.counts().unknown_destination == 1);
  REQUIRE(world.counts_of(0).size() == 2);
  CHECK(world.counts_of(0)[0].bucket == 9);
  CHECK(world.counts_of(0)[1].asked == 2);
  CHECK(world.counts_of(0)[1].by_cause[static_cast<std::size_t>(LossCause::incident)] == 2);
}

TEST_CASE("every network and every reference is routed once, and the lab's own address is nobody's") {
  const World world = world_of();
  const auto routing = routing_of(world);
  REQUIRE(routing.has_value());
  std::vector<std::string> routes;
  for (const IpPrefix& route : routing->routes) {
    routes.push_back(route.first.to_string() + "/" + std::to_string(route.length));
  }
  std::sort(routes.begin(), routes.end());
  CHECK(routes == std::vector<std::string>{"192.0.2.1/32", "198.18.1.0/24", "2001:db8:1::/64", "2001:db8:9::1/128"});
  CHECK(routing->needs6);
  CHECK(routing->address.to_string() == kWorldAddress);

  auto scenario = blipd::parse_scenario(
      "networks: [{name: n, prefixes: [198.51.100.0/24], hosts: [{addresses: [198.51.100.9]}]}]\n", "test.yaml");
  REQUIRE(scenario.has_value());
  const auto refused = routing_of(World(std::move(*scenario), 1));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "test.yaml: 198.51.100.9 is the lab's own address, no host can have it");
}

TEST_CASE("no byte of a request makes the lab write beyond its room") {
  World world = world_of("{kind: outage, at: 30m, for: 10s, errors: {share: 1, from: outside}}");
  WorldPackets packets(world);
  SegmentText text;
  text.to = kHost;
  text.options = linux_options();
  for (const Bytes& good : {request_to(false), request_to(true), segment_of(text)}) {
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      Bytes flipped = good;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
      const auto seen = ask(packets, flipped, 1s);
      if (seen) CHECK(seen->packet.size() <= kMtu);
    }
    for (std::size_t size = 0; size < good.size(); ++size) {
      CHECK_FALSE(ask(packets, Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)), 1s));
    }
  }
}

}  // namespace
}  // namespace blipd::lab
