// The icmp prober alone, with real packets on the loopback interface. Needs CAP_NET_RAW.

#include "tests/integration/icmp_loopback.h"

#include <sys/uio.h>
#include <time.h>
// The kernel's header below uses timespec without including it.
#include <linux/net_tstamp.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <string_view>

namespace blipd {
namespace {

using namespace test;

void check_all_answered(Prober& prober, const std::vector<ProbeRequest>& requests) {
  await_stamps(prober);
  const std::uint64_t unstamped = prober.faults().unstamped;
  const Instant before = BootClock::now();
  const std::vector<SendResult> sent = send(prober, requests);
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
    CHECK(answer.number == requests[i].number);
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

TEST_CASE("a thousand IPv4 hosts all answer, stamped by the kernel both ways") {
  check_all_answered(*open_prober(), requests_to(Address::v4(0x7f010000), 1000));
}

/// Whether stamps went to the packets that asked for them: on the loopback interface a packet is mostly answered before
/// the next one is sent, so most send times lie between the receive times around them.
bool stamps_are_in_place(Prober& prober) {
  const std::vector<ProbeRequest> requests = requests_to(Address::v4(0x7f010000), 64);
  for (int tries = 0; tries < 50; ++tries) {
    const std::vector<SendResult> sent = send(prober, requests);
    std::size_t in_place = 0;
    for (const Answer& answer : collect(prober, requests.size())) {
      const std::size_t next = answer.slot - 1000 + 1;
      if (next < sent.size() && answer.received <= sent[next].at) ++in_place;
    }
    if (in_place > requests.size() / 2) return true;
  }
  return false;
}

TEST_CASE("send stamps go to the packets they belong to, also after stamps nobody asked for") {
  const auto prober = open_prober();
  await_stamps(*prober);
  CHECK(stamps_are_in_place(*prober));

  const int descriptor = prober->descriptors().front();
  SocketAddress to;
  const socklen_t length = to_socket_address(kLoopback4, 0, to);
  const std::uint32_t ask_for_stamp = SOF_TIMESTAMPING_TX_SOFTWARE;
  alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof ask_for_stamp)> control{};
  Packet message(kEchoHeadSize, 8);
  iovec part{message.data(), message.size()};
  msghdr header{};
  header.msg_name = &to;
  header.msg_namelen = length;
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  cmsghdr* request = CMSG_FIRSTHDR(&header);
  request->cmsg_level = SOL_SOCKET;
  request->cmsg_type = SO_TIMESTAMPING;
  request->cmsg_len = CMSG_LEN(sizeof ask_for_stamp);
  std::memcpy(CMSG_DATA(request), &ask_for_stamp, sizeof ask_for_stamp);
  REQUIRE(::sendmsg(descriptor, &header, 0) > 0);
  REQUIRE(wait_readable({descriptor}, 5000));
  Answers none;
  while (wait_readable({descriptor}, 0) && none.all.size() < 2) prober->receive(none);
  CHECK(none.all.size() < 2);
  CHECK(stamps_are_in_place(*prober));
}

TEST_CASE("IPv6 is probed and answered, also mixed with IPv4 in one batch") {
  if (!has_ipv6()) {
    WARN("no IPv6 here");
    return;
  }
  std::vector<ProbeRequest> requests = requests_to(Address::v4(0x7f010000), 300);
  for (std::size_t i = 0; i < requests.size(); i += 3) requests[i].to = kLoopback6;
  check_all_answered(*open_prober(), requests);
}

TEST_CASE("what the kernel refuses is told for that request alone") {
  const auto prober = open_prober();
  await_stamps(*prober);
  std::vector<ProbeRequest> requests = requests_to(Address::v4(0x7f010000), 200);
  const Address broadcast = *Address::parse("127.255.255.255");
  for (const std::size_t refused : {0U, 1U, 30U, 63U, 64U, 199U}) requests[refused].to = broadcast;
  for (int round = 0; round < 2; ++round) {
    const std::vector<SendResult> sent = send(*prober, requests);
    Instant first_sent = Instant::max();
    for (std::size_t i = 0; i < requests.size(); ++i) {
      CAPTURE(i);
      first_sent = std::min(first_sent, sent[i].at);
      CHECK((sent[i].error == EACCES) == (requests[i].to == broadcast));
      CHECK(sent[i].at > Instant{});
    }
    const std::vector<Answer> answers = collect(*prober, requests.size() - 6);
    CHECK(answers.size() == requests.size() - 6);
    for (const Answer& answer : answers) CHECK(answer.received - first_sent >= -1us);
  }
}

TEST_CASE("TTL, DSCP, payload size and contact are on the wire, and change between modules") {
  ProbeEnvironment environment;
  environment.contact = "mailto:noc@example.net";
  const auto prober = open_prober(environment);
  const struct {
    unsigned ttl;
    unsigned dscp;
    std::size_t payload_size;
    bool contact;
  } rows[] = {{64, 0, 56, true}, {3, 46, 24, false}, {255, 63, 1400, true}, {1, 0, 44, true}, {1, 0, 43, false}};
  for (const auto& row : rows) {
    CAPTURE(row.ttl, row.payload_size);
    IcmpOptions options;
    options.ttl = row.ttl;
    options.dscp = row.dscp;
    options.payload_size = row.payload_size;
    for (const Address& to : {kLoopback4, kLoopback6}) {
      const bool v4 = to.is_v4();
      if (!v4 && !has_ipv6()) continue;
      Sniffer sniffer;
      REQUIRE(send(*prober, requests_to(to, 1), options)[0].error == 0);
      const Packet packet = sniffer.next_request(v4 ? IpFamily::v4 : IpFamily::v6, *prober);
      const IpHeader header = *(v4 ? decode_ipv4(packet) : decode_ipv6(packet));
      CHECK(unsigned{header.hop_limit} == row.ttl);
      const unsigned first_two = unsigned{packet[0]} << 8 | packet[1];
      const unsigned traffic_class = (v4 ? first_two : first_two >> 4) & 0xff;
      CHECK(traffic_class == row.dscp << 2);
      REQUIRE(header.payload.size() == kEchoHeaderSize + row.payload_size);
      const std::string_view text(reinterpret_cast<const char*>(header.payload.data()), header.payload.size());
      const std::string expected = std::string(1, '\0') + environment.contact + std::string(1, '\0');
      CHECK((text.substr(kEchoHeadSize, expected.size()) == expected) == row.contact);
      if (v4) CHECK(checksum(header.payload) == 0);
    }
  }
}

TEST_CASE("two probers do not see each other's replies") {
  const auto one = open_prober();
  auto other = open_prober();
  for (int i = 0; i < 10 && other->identifiers().base() == one->identifiers().base(); ++i) other = open_prober();
  REQUIRE(other->identifiers().base() != one->identifiers().base());
  send(*one, requests_to(kLoopback4, 100));
  CHECK(collect(*one, 100).size() == 100);
  CHECK_FALSE(wait_readable(other->descriptors(), 0));
  Answers none;
  CHECK_FALSE(other->receive(none));
  CHECK(none.all.empty());
}

TEST_CASE("a reply with our identifier and no valid MAC is forged") {
  const auto prober = open_prober();
  for (const Address& from : {*Address::parse("127.0.0.9"), kLoopback6}) {
    if (!from.is_v4() && !has_ipv6()) continue;
    Packet message(kEchoHeaderSize + 56);
    message[0] = from.is_v4() ? 0 : 129;
    put_number(message, 4, prober->identifiers().base() + 5U, 2);
    send_icmp(from, message);
    const std::vector<Answer> answers = collect(*prober, 1);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].kind == AnswerKind::forged);
    CHECK(answers[0].from == from);
  }
}

TEST_CASE("errors that quote a probe are believed if the quote is authentic") {
  const auto prober = open_prober();
  for (const Address& from : {*Address::parse("127.0.0.9"), kLoopback6}) {
    const bool v4 = from.is_v4();
    if (!v4 && !has_ipv6()) continue;
    const Address to = v4 ? kLoopback4 : kLoopback6;
    Sniffer sniffer;
    const std::vector<ProbeRequest> requests = requests_to(to, 1);
    send(*prober, requests);
    Packet probe = sniffer.next_request(v4 ? IpFamily::v4 : IpFamily::v6, *prober);
    REQUIRE(collect(*prober, 1).size() == 1);

    send_icmp(from, error_message(v4 ? 3 : 1, 3, probe, probe.size()));
    std::vector<Answer> answers = collect(*prober, 1);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].kind == AnswerKind::icmp_error);
    CHECK(answers[0].icmp == IcmpErrorCode{static_cast<std::uint8_t>(v4 ? 3 : 1), 3});
    CHECK(answers[0].from == from);
    CHECK(answers[0].to == to);
    CHECK(answers[0].number == requests[0].number);
    CHECK(answers[0].slot == requests[0].slot);

    const std::size_t short_length = (v4 ? 20 : 40) + 8;
    send_icmp(from, error_message(v4 ? 11 : 3, 0, probe, short_length));
    answers = collect(*prober, 1);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].kind == AnswerKind::short_quote);
    CHECK(prober->quotes(answers[0], requests[0]));
    std::vector<ProbeRequest> others(4, requests[0]);
    others[0].slot += 1;
    others[1].number.place += 1;
    others[2].number.block += 1;
    others[3].to = to.plus(1);
    for (const ProbeRequest& other : others) CHECK_FALSE(prober->quotes(answers[0], other));

    probe[short_length + 15] ^= 1;
    send_icmp(from, error_message(v4 ? 3 : 1, 3, probe, probe.size()));
    answers = collect(*prober, 1);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].kind == AnswerKind::forged);
  }
}

TEST_CASE("a queue that overflows shows in receive_drops") {
  const auto prober = open_prober();
  CHECK(prober->faults().receive_drops == 0);
  IcmpOptions options;
  options.payload_size = 60000;
  send(*prober, requests_to(Address::v4(0x7f010000), 1000), options);
  const std::uint64_t drops = prober->faults().receive_drops;
  CHECK(drops > 0);
  Answers answers;
  while (prober->receive(answers)) {
  }
  CHECK(answers.all.size() < 1000);
  CHECK(answers.all.size() + drops >= 1000);
  CHECK(prober->faults().receive_drops == drops);
}

TEST_CASE("an environment that cannot be had is told in a sentence") {
  ProbeEnvironment environment;
  environment.interface = "nosuchif";
  const Result<std::unique_ptr<IcmpProber>> no_interface = IcmpProber::open_icmp(environment);
  REQUIRE(no_interface.has_error());
  CHECK(no_interface.error().message == "cannot bind to the interface of the vantage (nosuchif): No such device");
  environment = {};
  environment.source4 = Address::parse("192.0.2.77");
  const Result<std::unique_ptr<IcmpProber>> no_source = IcmpProber::open_icmp(environment);
  REQUIRE(no_source.has_error());
  CHECK(no_source.error().message ==
        "cannot send from the source address of the vantage (192.0.2.77): Cannot assign requested address");
}

TEST_CASE("probes leave from the source of the vantage") {
  ProbeEnvironment environment;
  environment.source4 = Address::parse("127.0.0.77");
  environment.interface = "lo";
  const auto prober = open_prober(environment);
  Sniffer sniffer;
  send(*prober, requests_to(kLoopback4, 1));
  const Packet packet = sniffer.next_request(IpFamily::v4, *prober);
  CHECK(Address(decode_ipv4(packet)->source) == environment.source4);
  CHECK(collect(*prober, 1).size() == 1);
}

}  // namespace
}  // namespace blipd
