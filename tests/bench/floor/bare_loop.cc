#include "tests/bench/floor/bare_loop.h"

#include <time.h>
// The kernel's header below uses timespec without including it.
#include <linux/net_tstamp.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "probes/icmp_filter.h"
#include "probes/tcp_filter.h"
#include "probes/tcp_flows.h"
#include "probes/wire/icmp_echo.h"
#include "probes/wire/tcp_segment.h"

namespace blipd::bench {
namespace {

constexpr std::uint16_t kFirstPort = 20000;
constexpr std::uint16_t kPort = 80;
/// Over IPv4 the checksum covers the source. On loopback the kernel sends from here; over IPv6 it fills the sum in.
constexpr std::uint32_t kLoopback = 0x7f000001;

}  // namespace

Result<std::unique_ptr<BareLoop>> BareLoop::open(const BareOptions& options) {
  const bool v4 = options.first.is_v4();
  const IcmpIdentifiers identifiers = IcmpIdentifiers::random();
  PacketSocketOptions wanted;
  wanted.family = v4 ? AF_INET : AF_INET6;
  if (options.tcp_syn) {
    const TcpFlows flows(kFirstPort, ReplySignature::with_random_key());
    wanted.protocol = IPPROTO_TCP;
    wanted.filter = v4 ? tcpv4_filter(flows) : tcpv6_filter(flows);
    if (v4 && options.bound) wanted.source = Address::v4(kLoopback);
    if (!v4) wanted.checksum_offset = kTcpChecksumOffset;
  } else {
    wanted.protocol = v4 ? int{IPPROTO_ICMP} : int{IPPROTO_ICMPV6};
    wanted.filter = v4 ? icmpv4_filter(identifiers) : icmpv6_filter(identifiers);
  }
  int error_number = 0;
  Result<PacketSocket> socket = PacketSocket::open(wanted, error_number);
  if (!socket) return socket.error();
  return std::unique_ptr<BareLoop>(new BareLoop(options, std::move(*socket), identifiers, kFirstPort));
}

BareLoop::BareLoop(const BareOptions& options, PacketSocket socket, IcmpIdentifiers identifiers,
                   std::uint16_t first_port)
    : options_(options), socket_(std::move(socket)), identifiers_(identifiers), first_port_(first_port) {
  constexpr std::uint32_t kFlags = SOF_TIMESTAMPING_TX_SOFTWARE;
  constexpr std::size_t kRequestSize = CMSG_SPACE(sizeof kFlags);
  auto* request = reinterpret_cast<cmsghdr*>(stamp_request_.bytes.data());
  request->cmsg_level = SOL_SOCKET;
  request->cmsg_type = SO_TIMESTAMPING;
  request->cmsg_len = CMSG_LEN(sizeof kFlags);
  std::memcpy(CMSG_DATA(request), &kFlags, sizeof kFlags);
  const std::size_t size = options.tcp_syn ? kTcpSynSize : kEchoHeaderSize + 56;
  for (std::size_t i = 0; i < kBatch; ++i) {
    out_parts_[i] = {out_[i].data(), size};
    msghdr& out = out_messages_[i].msg_hdr;
    out.msg_name = &to_[i];
    out.msg_iov = &out_parts_[i];
    out.msg_iovlen = 1;
    if (options.send_stamps) {
      out.msg_control = stamp_request_.bytes.data();
      out.msg_controllen = kRequestSize;
    }
    in_parts_[i] = {in_[i].data(), in_[i].size()};
    msghdr& in = in_messages_[i].msg_hdr;
    in.msg_name = &from_[i];
    in.msg_iov = &in_parts_[i];
    in.msg_iovlen = 1;
    in.msg_control = controls_[i].bytes.data();
  }
}

void BareLoop::write_echo(std::size_t i, std::uint64_t probe, std::uint32_t host) {
  const IpFamily family = options_.first.is_v4() ? IpFamily::v4 : IpFamily::v6;
  const auto identifier = static_cast<std::uint16_t>(identifiers_.base() + (host & 15U));
  const EchoTag tag{0, host, static_cast<std::uint32_t>(probe), 0};
  encode_echo_request(family, identifier, static_cast<std::uint16_t>(probe), tag, 0,
                      std::span(out_[i]).first<kEchoHeadSize>());
}

void BareLoop::write_syn(std::size_t i, std::uint64_t probe, std::uint32_t host) {
  const bool v4 = options_.first.is_v4();
  const auto port = static_cast<std::uint16_t>(first_port_ + (probe + host) % TcpFlows::kStations);
  const auto number = static_cast<std::uint32_t>(probe);
  const std::uint64_t pseudo_sum = v4 ? tcp_syn_pseudo_sum(kLoopback, options_.first.v4_value() + host) : 0;
  encode_tcp_syn(v4 ? IpFamily::v4 : IpFamily::v6, {port, kPort, number, number}, pseudo_sum,
                 std::span(out_[i]).first<kTcpSynSize>());
}

std::size_t BareLoop::send(std::uint64_t first, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t probe = first + i;
    const auto host = static_cast<std::uint32_t>(probe % options_.hosts);
    out_messages_[i].msg_hdr.msg_namelen = to_socket_address(options_.first.plus(host), 0, to_[i]);
    if (options_.tcp_syn) {
      write_syn(i, probe, host);
    } else {
      write_echo(i, probe, host);
    }
  }
  const int sent = ::sendmmsg(socket_.descriptor(), out_messages_.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
  // What is left in the error queue takes room from the answers.
  while (options_.send_stamps && socket_.read_send_stamps(stamps_) == stamps_.size()) {
  }
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

std::size_t BareLoop::receive() {
  std::size_t total = 0;
  for (;;) {
    for (mmsghdr& message : in_messages_) {
      message.msg_hdr.msg_namelen = sizeof(SocketAddress);
      message.msg_hdr.msg_controllen = controls_[0].bytes.size();
    }
    const int got = ::recvmmsg(socket_.descriptor(), in_messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    if (got > 0) total += static_cast<std::size_t>(got);
    // Fewer than there was room for: the queue was empty.
    if (got < static_cast<int>(kBatch)) return total;
  }
}

}  // namespace blipd::bench
