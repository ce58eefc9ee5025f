// What tests of the tcp_syn prober share: a network namespace of their own with firewall rules, listeners, and SYNs as
// they are on the wire.
#pragma once

#include <sys/ioctl.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "probes/tcp_syn_prober.h"
#include "probes/wire/tcp_segment.h"
#include "tests/integration/icmp_loopback.h"
#include "tests/lab/namespace.h"

namespace blipd::test {

/// Moves the test program into a namespace with nothing but a loopback interface. Whatever the first test of a process
/// leaves behind is there for the next, rules excepted.
inline void enter_private_network() {
  static const bool kEntered = [] {
    const Result<void> entered = lab::enter_private_namespace();
    if (!entered) FAIL(entered.error().message);
    const Descriptor any(AF_INET, SOCK_DGRAM, 0);
    ifreq request{};
    std::strncpy(request.ifr_name, "lo", IFNAMSIZ - 1);
    request.ifr_flags = IFF_UP | IFF_RUNNING;
    REQUIRE(::ioctl(any.get(), SIOCSIFFLAGS, &request) == 0);
    return true;
  }();
  REQUIRE(kEntered);
}

inline void run_nft(const std::string& script) {
  // Debian has nft in a directory that is not on everybody's path.
  FILE* nft = ::popen("PATH=$PATH:/usr/sbin:/sbin nft -f -", "w");
  if (nft == nullptr) FAIL("cannot start nft");
  std::fputs(script.c_str(), nft);
  if (::pclose(nft) != 0) FAIL("nft (package nftables) has not taken the rules");
}

inline void run_ip(const std::string& command) {
  if (std::system(("PATH=$PATH:/usr/sbin:/sbin ip " + command).c_str()) != 0) FAIL("ip " + command);
}

/// Rules of the namespace's firewall for the life of the object.
class Firewall {
 public:
  /// Rules of a chain at the hook `hook`, in a table of the name `table`.
  Firewall(const std::string& hook, const std::string& rules, std::string table = "test") : table_(std::move(table)) {
    run_nft("table inet " + table_ + " {\nchain c {\ntype filter hook " + hook + " priority 0;\n" + rules + "\n}\n}\n");
  }
  Firewall(const Firewall&) = delete;
  Firewall& operator=(const Firewall&) = delete;
  ~Firewall() { run_nft("delete table inet " + table_ + "\n"); }

 private:
  std::string table_;
};

inline std::unique_ptr<TcpSynProber> open_tcp(const ProbeEnvironment& environment = {}) {
  enter_private_network();
  Result<std::unique_ptr<TcpSynProber>> opened = TcpSynProber::open_tcp_syn(environment);
  if (!opened) FAIL(opened.error().message);
  return std::move(*opened);
}

inline TcpSynOptions to_port(std::uint16_t port, bool require_open = false) {
  TcpSynOptions options;
  options.port = port;
  options.require_open = require_open;
  return options;
}

inline std::vector<SendResult> send_syns(Prober& prober, const std::vector<ProbeRequest>& requests,
                                         const TcpSynOptions& options) {
  std::vector<SendResult> results(requests.size());
  prober.send(options, requests, results);
  return results;
}

/// The loopback addresses that there are.
inline std::vector<Address> loopbacks() {
  enter_private_network();
  if (has_ipv6()) return {kLoopback4, kLoopback6};
  WARN("no IPv6 here");
  return {kLoopback4};
}

/// The kernel switches receive stamps on a moment after the first socket asks for them.
inline void await_tcp_stamps(Prober& prober, std::uint16_t port) {
  for (int tries = 0; tries < 500; ++tries) {
    const std::uint64_t before = prober.faults().unstamped;
    send_syns(prober, requests_to(kLoopback4, 1), to_port(port));
    if (collect(prober, 1).size() != 1) FAIL("no answer");
    if (prober.faults().unstamped == before) return;
  }
  FAIL("receive stamps do not come");
}

/// A TCP server that never accepts.
class Listener {
 public:
  explicit Listener(const Address& at) : descriptor_(at.is_v4() ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0) {
    SocketAddress address;
    socklen_t length = to_socket_address(at, 0, address);
    REQUIRE(::bind(descriptor_.get(), &address.base, length) == 0);
    REQUIRE(::listen(descriptor_.get(), 64) == 0);
    REQUIRE(::getsockname(descriptor_.get(), &address.base, &length) == 0);
    port_ = ntohs(at.is_v4() ? address.v4.sin_port : address.v6.sin6_port);
  }
  std::uint16_t port() const { return port_; }
  bool has_connection() const {
    const int accepted = ::accept(descriptor_.get(), nullptr, nullptr);
    if (accepted >= 0) ::close(accepted);
    return accepted >= 0;
  }
  /// Whether there are so many half-open connections within half a minute, which is half of what the kernel keeps one.
  /// The prober may see a SYN-ACK before our kernel has answered it.
  bool comes_to_half_open(int wanted) const {
    const Instant end = BootClock::now() + 30s;
    while (half_open() != wanted && BootClock::now() < end) std::this_thread::sleep_for(10ms);
    return half_open() == wanted;
  }
  /// Connections of this server that wait for their last segment (SYN_RECV), in either family's table.
  int half_open() const {
    std::array<char, 8> port{};
    std::snprintf(port.data(), port.size(), ":%04X ", unsigned{port_});
    int count = 0;
    for (const char* table : {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"}) {
      std::ifstream file(table);
      for (std::string line; std::getline(file, line);) {
        const std::size_t local = line.find(port.data());
        if (local == std::string::npos) continue;
        const std::size_t state = line.find(' ', local + 6) + 1;
        if (line.compare(state, 2, "03") == 0) ++count;
      }
    }
    return count;
  }

 private:
  Descriptor descriptor_;
  std::uint16_t port_ = 0;
};

/// Sees the SYNs that a prober sends on the loopback interface, from the IP header on.
class SynSniffer {
 public:
  explicit SynSniffer(const TcpSynProber& prober)
      : ports_(prober.ports()), descriptor_(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL)) {
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(::if_nametoindex("lo"));
    REQUIRE(::bind(descriptor_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  /// The next one in `family`, within half a minute.
  Packet next(IpFamily family) const {
    const Instant end = BootClock::now() + 30s;
    while (BootClock::now() < end) {
      if (!wait_readable({descriptor_.get()}, 100)) continue;
      Packet packet(65536);
      const ssize_t size = ::recv(descriptor_.get(), packet.data(), packet.size(), MSG_DONTWAIT);
      packet.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
      const std::optional<IpHeader> header = family == IpFamily::v4 ? decode_ipv4(packet) : decode_ipv6(packet);
      if (!header || header->protocol != kProtocolTcp) continue;
      const std::optional<TcpSegment> segment = decode_tcp_segment(header->payload);
      if (!segment || segment->flags != kTcpSyn) continue;
      if (segment->source_port >= ports_.first && segment->source_port <= ports_.last) return packet;
    }
    FAIL("no SYN seen");
    return {};
  }

 private:
  PortRange ports_;
  Descriptor descriptor_;
};

/// The Internet checksum over pseudo header and segment; 0 if the segment holds the right one.
inline std::uint16_t checksum_of_segment(const IpHeader& header) {
  const bool v4 = Address(header.source).is_v4();
  Packet all(header.source.begin() + (v4 ? 12 : 0), header.source.end());
  all.insert(all.end(), header.destination.begin() + (v4 ? 12 : 0), header.destination.end());
  all.insert(all.end(), {0, kProtocolTcp, 0, static_cast<std::uint8_t>(header.payload.size())});
  all.insert(all.end(), header.payload.begin(), header.payload.end());
  return checksum(all);
}

/// Sends a TCP segment, whose checksum is filled in, from one IPv4 loopback address to 127.0.0.1.
inline void send_segment(const Address& from, const TcpSegment& segment) {
  Packet bytes(kTcpHeaderSize);
  put_number(bytes, 0, segment.source_port, 2);
  put_number(bytes, 2, segment.destination_port, 2);
  put_number(bytes, 4, segment.sequence, 4);
  put_number(bytes, 8, segment.acknowledgment, 4);
  bytes[12] = 0x50;
  bytes[13] = segment.flags;
  IpHeader header;
  header.source = from.bytes();
  header.destination = kLoopback4.bytes();
  header.payload = bytes;
  put_number(bytes, 16, checksum_of_segment(header), 2);
  const Descriptor raw(AF_INET, SOCK_RAW, IPPROTO_TCP);
  SocketAddress address;
  socklen_t length = to_socket_address(from, 0, address);
  REQUIRE(::bind(raw.get(), &address.base, length) == 0);
  length = to_socket_address(kLoopback4, 0, address);
  REQUIRE(::sendto(raw.get(), bytes.data(), bytes.size(), 0, &address.base, length) ==
          static_cast<ssize_t>(bytes.size()));
}

}  // namespace blipd::test
