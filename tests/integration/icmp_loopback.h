// What tests of the packet path share: a prober's answers collected, a sniffer, messages made by hand. Loopback only;
// needs CAP_NET_RAW.
#pragma once

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "probes/icmp_prober.h"
#include "probes/local_addresses.h"
#include "probes/socket_address.h"
#include "probes/wire/checksum.h"
#include "probes/wire/ip_header.h"
#include "tests/support/catch.h"

namespace blipd::test {

using namespace std::chrono_literals;

using Packet = std::vector<std::uint8_t>;

inline const Address kLoopback4 = Address::v4(0x7f000001);
inline const Address kLoopback6 = *Address::parse("::1");

struct Answers final : AnswerSink {
  std::vector<Answer> all;
  void on_answers(std::span<const Answer> answers) override { all.insert(all.end(), answers.begin(), answers.end()); }
};

inline bool wait_readable(const std::vector<int>& descriptors, int milliseconds) {
  std::vector<pollfd> waiting;
  waiting.reserve(descriptors.size());
  for (const int descriptor : descriptors) waiting.push_back({descriptor, POLLIN, 0});
  return ::poll(waiting.data(), waiting.size(), milliseconds) > 0;
}

/// Reads until `wanted` answers are there, or for half a minute.
inline std::vector<Answer> collect(Prober& prober, std::size_t wanted) {
  Answers answers;
  const Instant end = BootClock::now() + 30s;
  while (answers.all.size() < wanted && BootClock::now() < end) {
    wait_readable(prober.descriptors(), 100);
    prober.receive(answers);
  }
  prober.receive(answers);
  return answers.all;
}

inline std::unique_ptr<IcmpProber> open_prober(const ProbeEnvironment& environment = {}) {
  Result<std::unique_ptr<IcmpProber>> opened = IcmpProber::open_icmp(environment);
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

inline std::vector<ProbeRequest> requests_to(const Address& first, std::uint32_t count) {
  std::vector<ProbeRequest> requests;
  requests.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) requests.push_back({first.plus(i), {7, i}, 1000 + i});
  return requests;
}

inline std::vector<SendResult> send(Prober& prober, const std::vector<ProbeRequest>& requests,
                                    const IcmpOptions& options = {}) {
  std::vector<SendResult> results(requests.size());
  prober.send(options, requests, results);
  return results;
}

/// Whether the packet to the i-th of many requests of one family carries a send stamp of its own.
inline bool is_stamped(std::size_t i) { return i % SendBatch::kSize % SendBatch::kStampEvery == 0; }

/// The kernel switches receive stamps on a moment after the first socket asks for them.
inline void await_stamps(Prober& prober) {
  for (int tries = 0; tries < 500; ++tries) {
    const std::uint64_t before = prober.faults().unstamped;
    send(prober, requests_to(kLoopback4, 1));
    if (collect(prober, 1).size() == 1 && prober.faults().unstamped == before) return;
  }
  FAIL("receive stamps do not come");
}

inline bool has_ipv6() {
  const Result<LocalAddresses> local = LocalAddresses::read();
  return local && local->is_own(kLoopback6);
}

/// A socket of the test's own.
class Descriptor {
 public:
  Descriptor(int family, int type, int protocol) : value_(::socket(family, type | SOCK_CLOEXEC, protocol)) {
    REQUIRE(value_ >= 0);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(value_); }
  int get() const { return value_; }

 private:
  int value_;
};

/// Sees all IP packets on the loopback interface, from the IP header on.
class Sniffer {
 public:
  Sniffer() : descriptor_(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
    REQUIRE(::bind(descriptor_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  /// The next echo request of `prober` in `family`, within half a minute.
  Packet next_request(IpFamily family, const IcmpProber& prober) {
    const Instant end = BootClock::now() + 30s;
    while (BootClock::now() < end) {
      if (!wait_readable({descriptor_.get()}, 100)) continue;
      Packet packet(65536);
      const ssize_t size = ::recv(descriptor_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
      packet.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
      const std::optional<IpHeader> header = family == IpFamily::v4 ? decode_ipv4(packet) : decode_ipv6(packet);
      if (!header) continue;
      const std::optional<Echo> echo = decode_echo_request(family, header->payload);
      if (echo && prober.identifiers().owns(echo->identifier)) return packet;
    }
    FAIL("no echo request seen");
    return {};
  }

 private:
  Descriptor descriptor_;
};

/// Sends an ICMP or ICMPv6 message from one loopback address to the loopback address of its family.
inline void send_icmp(const Address& from, Packet message) {
  const bool v4 = from.is_v4();
  const Descriptor raw(v4 ? AF_INET : AF_INET6, SOCK_RAW, v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6});
  SocketAddress address;
  socklen_t length = to_socket_address(from, 0, address);
  REQUIRE(::bind(raw.get(), &address.base, length) == 0);
  if (v4) put_number(message, 2, checksum(message), 2);
  length = to_socket_address(v4 ? kLoopback4 : kLoopback6, 0, address);
  REQUIRE(::sendto(raw.get(), message.data(), message.size(), 0, &address.base, length) ==
          static_cast<ssize_t>(message.size()));
}

/// An error of `type` and `code` that quotes the first `quoted` bytes of `packet`.
inline Packet error_message(std::uint8_t type, std::uint8_t code, const Packet& packet, std::size_t quoted) {
  Packet message{type, code, 0, 0, 0, 0, 0, 0};
  message.insert(message.end(), packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(quoted));
  return message;
}

}  // namespace blipd::test
