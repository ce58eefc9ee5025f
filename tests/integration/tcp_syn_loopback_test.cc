// The tcp_syn prober alone, with real segments on the loopback interface of a private network namespace.

#include "tests/integration/tcp_syn_loopback.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <set>

#include "probes/route_news.h"
#include "tests/integration/rounds_of_probes.h"

namespace blipd {
namespace {

using namespace test;

constexpr std::uint16_t kClosed = 83;

Answer only_answer(Prober& prober) {
  const std::vector<Answer> answers = collect(prober, 1);
  REQUIRE(answers.size() == 1);
  return answers[0];
}

void check_all_answered(Prober& prober, const std::vector<ProbeRequest>& requests) {
  await_tcp_stamps(prober, kClosed);
  const std::uint64_t unstamped = prober.faults().unstamped;
  const Instant before = BootClock::now();
  const std::vector<SendResult> sent = send_syns(prober, requests, to_port(kClosed));
  const Instant after = BootClock::now();
  const std::vector<Answer> answers = collect(prober, requests.size());
  REQUIRE(answers.size() == requests.size());
  const bool one_family = std::all_of(requests.begin(), requests.end(), [](const auto& r) { return r.to.is_v4(); });
  std::set<FlightSlot> slots;
  for (const Answer& answer : answers) {
    REQUIRE(answer.kind == AnswerKind::reply);
    REQUIRE(answer.slot >= 1000);
    const std::size_t i = answer.slot - 1000;
    REQUIRE(i < requests.size());
    slots.insert(answer.slot);
    CHECK(answer.number == kUnknownNumber);
    CHECK(answer.from == requests[i].to);
    CHECK(unsigned{answer.hop_limit} == 64U);
    CHECK(sent[i].error == 0);
    CHECK(sent[i].at >= before - 50us);
    CHECK(sent[i].at <= after + 50us);
    // Between two stamps the times are interpolated, and whoever held this thread up shows as an error.
    CHECK(answer.received - (one_family && is_stamped(i) ? sent[i].at : before) >= -1us);
    CHECK(answer.received <= BootClock::now());
  }
  CHECK(slots.size() == requests.size());
  CHECK(prober.faults().unstamped == unstamped);
  CHECK(prober.faults().receive_drops == 0);
  CHECK_FALSE(wait_readable(prober.descriptors(), 0));
}

TEST_CASE("a thousand IPv4 hosts answer a SYN, stamped by the kernel both ways") {
  check_all_answered(*open_tcp(), requests_to(Address::v4(0x7f010000), 1000));
}

TEST_CASE("sending SYNs and receiving their answers asks for no memory") {
  const auto prober = open_tcp();
  await_tcp_stamps(*prober, kClosed);
  const Rounds rounds = forty_rounds(*prober, to_port(kClosed), requests_to(Address::v4(0x7f010000), 256));
  CHECK(rounds.allocations == 0);
  CHECK(rounds.answers > 0);
}

TEST_CASE("IPv6 hosts answer a SYN, also mixed with IPv4 in one batch") {
  const std::vector<Address> to = loopbacks();
  std::vector<ProbeRequest> requests = requests_to(Address::v4(0x7f010000), 300);
  for (std::size_t i = 0; i < requests.size(); i += 3) requests[i].to = to.back();
  check_all_answered(*open_tcp(), requests);
}

TEST_CASE("an open port replies, and its server sees no connection and keeps none half open") {
  for (const Address& to : loopbacks()) {
    const auto prober = open_tcp();
    const Listener listener(to);
    for (const bool require_open : {false, true}) {
      send_syns(*prober, requests_to(to, 1), to_port(listener.port(), require_open));
      const Answer answer = only_answer(*prober);
      CHECK(answer.kind == AnswerKind::reply);
      CHECK(answer.slot == 1000);
      CHECK(answer.from == to);
    }
    CHECK_FALSE(listener.has_connection());
    CHECK(listener.comes_to_half_open(0));
  }
}

TEST_CASE("where a firewall drops our resets, servers keep connections half open") {
  const auto prober = open_tcp();
  const Listener listener(kLoopback4);
  const PortRange ports = prober->ports();
  const Firewall firewall(
      "output", "tcp sport " + std::to_string(ports.first) + "-" + std::to_string(ports.last) + " tcp flags rst drop");
  send_syns(*prober, requests_to(kLoopback4, 1), to_port(listener.port()));
  CHECK(only_answer(*prober).kind == AnswerKind::reply);
  CHECK(listener.half_open() == 1);
}

TEST_CASE("a closed port is a reply, and refused where an open one is asked for") {
  const auto prober = open_tcp();
  for (const Address& to : loopbacks()) {
    const std::vector<ProbeRequest> requests = requests_to(to, 1);
    send_syns(*prober, requests, to_port(kClosed));
    Answer answer = only_answer(*prober);
    CHECK(answer.kind == AnswerKind::reply);
    CHECK(answer.slot == requests[0].slot);
    send_syns(*prober, requests, to_port(kClosed, true));
    answer = only_answer(*prober);
    CHECK(answer.kind == AnswerKind::failure);
    CHECK(answer.reason == FailureReason::refused);
    CHECK(answer.slot == requests[0].slot);
    CHECK(answer.from == to);
  }
}

TEST_CASE("a filtered port gives no answer, one that is refused by ICMP an error with our slot") {
  const auto prober = open_tcp();
  const Firewall firewall("input", "tcp dport 81 drop\ntcp dport 82 reject with icmpx type admin-prohibited");
  for (const Address& to : loopbacks()) {
    std::vector<ProbeRequest> requests = requests_to(to, 1);
    send_syns(*prober, requests, to_port(81));
    requests[0].slot = 77;
    send_syns(*prober, requests, to_port(kClosed));
    CHECK(only_answer(*prober).slot == 77);

    requests[0].slot = 0xfedcba98;
    send_syns(*prober, requests, to_port(82));
    const Answer error = only_answer(*prober);
    CHECK(error.kind == AnswerKind::icmp_error);
    CHECK(error.icmp == (to.is_v4() ? IcmpErrorCode{3, 13} : IcmpErrorCode{1, 1}));
    CHECK(error.slot == 0xfedcba98);
    CHECK(error.number == kUnknownNumber);
    CHECK(error.to == to);
    CHECK(error.from == to);
  }
}

/// Entries in the namespace's table of connections; none if this kernel does not track any.
std::optional<int> tracked() {
  std::ifstream file("/proc/sys/net/netfilter/nf_conntrack_count");
  int count = 0;
  if (!(file >> count)) return std::nullopt;
  return count;
}

TEST_CASE("the shipped rules keep SYNs out of connection tracking, and their answers come all the same") {
  const auto prober = open_tcp();
  // What the file names: the ports of the first blipd on a machine.
  REQUIRE(prober->ports().first == 20000);
  REQUIRE(prober->ports().last == 20257);
  // A SYN that nobody answers keeps its entry for two minutes.
  const Firewall firewall("input", "ct state new tcp dport 81 drop");
  const std::optional<int> before = tracked();
  if (!before) {
    WARN("no connection tracking here");
    return;
  }
  send_syns(*prober, requests_to(Address::v4(0x7f010000), 10), to_port(81));
  CHECK(tracked().value_or(0) >= *before + 10);
  // Loading the file twice does no harm.
  for (int i = 0; i < 2; ++i) run_nft("include \"" BLIPD_NFTABLES "\"\n");
  const Firewall without_state("input", "tcp dport 81 drop", "untracked");
  const std::optional<int> with_rules = tracked();
  for (const Address& to : loopbacks()) {
    send_syns(*prober, requests_to(to, 1), to_port(81));
    send_syns(*prober, requests_to(to, 1), to_port(kClosed));
    CHECK(only_answer(*prober).from == to);
  }
  run_nft("delete table inet blipd_notrack\n");
  CHECK(tracked().value_or(0) <= with_rules.value_or(0));
}

TEST_CASE("the SYN on the wire has our checksum, TTL, DSCP and source") {
  ProbeEnvironment from_source;
  from_source.source4 = Address::parse("127.0.0.77");
  from_source.interface = "lo";
  enter_private_network();
  for (const ProbeEnvironment& environment : {ProbeEnvironment{}, from_source}) {
    const auto prober = open_tcp(environment);
    for (const Address& to : loopbacks()) {
      const IpFamily family = to.is_v4() ? IpFamily::v4 : IpFamily::v6;
      TcpSynOptions options = to_port(kClosed);
      options.ttl = 3;
      options.dscp = 46;
      const SynSniffer sniffer(*prober);
      REQUIRE(send_syns(*prober, requests_to(to.plus(to.is_v4() ? 8 : 0), 1), options)[0].error == 0);
      const Packet packet = sniffer.next(family);
      const IpHeader header = *(to.is_v4() ? decode_ipv4(packet) : decode_ipv6(packet));
      CHECK(Address(header.source) == (to.is_v4() ? environment.source4.value_or(to) : to));
      CHECK(unsigned{header.hop_limit} == 3);
      const unsigned first_two = unsigned{packet[0]} << 8U | packet[1];
      CHECK(((to.is_v4() ? first_two : first_two >> 4U) & 0xffU) == 46U << 2U);
      CHECK(header.payload.size() == kTcpSynSize);
      CHECK(checksum_of_segment(header) == 0);
      CHECK(only_answer(*prober).slot == 1000);
    }
  }
}

TEST_CASE("a SYN that cannot be sent is told for that request alone") {
  const auto prober = open_tcp();
  await_tcp_stamps(*prober, kClosed);
  std::vector<ProbeRequest> requests = requests_to(Address::v4(0x7f010000), 200);
  const Address broadcast = *Address::parse("127.255.255.255");
  const Address no_route = *Address::parse("192.0.2.1");
  for (const std::size_t refused : {0U, 1U, 30U, 63U, 64U, 199U}) requests[refused].to = broadcast;
  for (const std::size_t refused : {2U, 65U, 198U}) requests[refused].to = no_route;
  for (int round = 0; round < 2; ++round) {
    const std::vector<SendResult> sent = send_syns(*prober, requests, to_port(kClosed));
    Instant first_sent = Instant::max();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      CAPTURE(i);
      first_sent = std::min(first_sent, sent[i].at);
      const int expected = requests[i].to == broadcast ? EACCES : requests[i].to == no_route ? ENETUNREACH : 0;
      CHECK(sent[i].error == expected);
      CHECK(sent[i].at > Instant{});
    }
    const std::vector<Answer> answers = collect(*prober, requests.size() - 9);
    CHECK(answers.size() == requests.size() - 9);
    for (const Answer& answer : answers) CHECK(answer.received - first_sent >= -1us);
  }
}

TEST_CASE("a source address that is gone fails the sends and not the prober") {
  const auto prober = open_tcp();
  SendBatch batch;
  ClockBridge bridge;
  int error = 0;
  Result<PacketSocket> socket =
      PacketSocket::open({AF_INET, IPPROTO_TCP, {{BPF_RET | BPF_K, 0, 0, 0}}, {}, "", {}}, error);
  REQUIRE(socket.has_value());
  std::array<SendResult, 2> results;
  batch.add(kLoopback4, kTcpSynSize, {}, results[0]);
  batch.pin_source(0xc0000201);
  batch.add(kLoopback4, kTcpSynSize, {}, results[1]);
  batch.pin_source(0x7f000005);
  batch.flush(*socket, bridge);
  CHECK((results[0].error == EINVAL || results[0].error == ENETUNREACH));
  CHECK(results[1].error == 0);
}

TEST_CASE("the kernel tells of what may bring another source address") {
  enter_private_network();
  RouteNews news;
  for (const char* change : {"address add 192.0.2.5/32 dev lo", "route add 198.51.100.0/24 dev lo",
                             "rule add from 192.0.2.5 lookup 7", "link set lo mtu 60000", "route del 198.51.100.0/24",
                             "rule del from 192.0.2.5 lookup 7", "address del 192.0.2.5/32 dev lo"}) {
    CAPTURE(change);
    for (int i = 0; news.take(); ++i) REQUIRE(i < 1000);
    run_ip(change);
    CHECK(news.take());
  }
}

TEST_CASE("probers on one machine have ports of their own and do not see each other's answers") {
  const auto one = open_tcp();
  const auto other = open_tcp();
  CHECK(one->ports().last - one->ports().first == 257);
  CHECK(other->ports().last - other->ports().first == 257);
  CHECK((other->ports().first > one->ports().last || one->ports().first > other->ports().last));
  send_syns(*one, requests_to(kLoopback4, 100), to_port(kClosed));
  CHECK(collect(*one, 100).size() == 100);
  CHECK_FALSE(wait_readable(other->descriptors(), 0));
}

TEST_CASE("nobody is given a source port of ours, and ports in use are passed over") {
  enter_private_network();
  const Listener server(kLoopback4);
  const auto prober = open_tcp();
  const PortRange ports = prober->ports();
  for (const Address& any : {Address::v4(0), Address()}) {
    if (!any.is_v4() && !has_ipv6()) continue;
    const Descriptor wanting(any.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    SocketAddress taken;
    const socklen_t length = to_socket_address(any, ports.first, taken);
    CHECK(::bind(wanting.get(), &taken.base, length) == -1);
    CHECK(errno == EADDRINUSE);
  }
  // Were ours free, these connections would take them.
  std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << ports.last - 50 << " " << ports.last + 20 << std::endl;
  std::vector<std::unique_ptr<Descriptor>> connections;
  SocketAddress address;
  int refused = 0;
  for (int i = 0; i < 30; ++i) {
    connections.push_back(std::make_unique<Descriptor>(AF_INET, SOCK_STREAM, 0));
    socklen_t length = to_socket_address(kLoopback4, server.port(), address);
    if (::connect(connections.back()->get(), &address.base, length) != 0) {
      CHECK(errno == EADDRNOTAVAIL);
      ++refused;
      continue;
    }
    REQUIRE(::getsockname(connections.back()->get(), &address.base, &length) == 0);
    CHECK(ntohs(address.v4.sin_port) > ports.last);
  }
  CHECK(refused == 10);
  const auto second = open_tcp();
  CHECK(second->ports().first > ports.last + 20);
  std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << "1024 65535" << std::endl;
  const auto inside = open_tcp();
  CHECK(inside->ports().last - inside->ports().first == 257);
  std::ofstream("/proc/sys/net/ipv4/ip_local_port_range") << "32768 60999" << std::endl;
}

TEST_CASE("the limit of open files is raised where the ports need it") {
  enter_private_network();
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit low = before;
  low.rlim_cur = 100;
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
  {
    const auto prober = open_tcp();
    rlimit now{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &now) == 0);
    CHECK(now.rlim_cur == before.rlim_max);
  }
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("a SYN-ACK that somebody made up brings back no slot of ours") {
  const auto prober = open_tcp();
  send_syns(*prober, requests_to(kLoopback4, 1), to_port(kClosed));
  CHECK(only_answer(*prober).slot == 1000);
  for (std::uint32_t i = 0; i < 200; ++i) {
    const auto port = static_cast<std::uint16_t>(prober->ports().first + i);
    send_segment(*Address::parse("127.0.0.9"), {kClosed, port, 1, 0x9e3779b9U * i, kTcpSyn | kTcpAck});
    const Answer answer = only_answer(*prober);
    CHECK(answer.kind == AnswerKind::reply);
    CHECK(answer.number == kUnknownNumber);
    CHECK(answer.slot != 1000);
  }
}

TEST_CASE("an environment that tcp_syn cannot have is told in a sentence") {
  enter_private_network();
  ProbeEnvironment environment;
  environment.interface = "nosuchif";
  const Result<std::unique_ptr<TcpSynProber>> no_interface = TcpSynProber::open_tcp_syn(environment);
  REQUIRE(no_interface.has_error());
  CHECK(no_interface.error().message == "cannot bind to the interface of the vantage (nosuchif): No such device");
  environment = {};
  environment.source4 = Address::parse("192.0.2.77");
  const Result<std::unique_ptr<TcpSynProber>> no_source = TcpSynProber::open_tcp_syn(environment);
  REQUIRE(no_source.has_error());
  CHECK(no_source.error().message ==
        "cannot send from the source address of the vantage (192.0.2.77): Cannot assign requested address");
}

}  // namespace
}  // namespace blipd
