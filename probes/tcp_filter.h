// The classic BPF programs that let only answers to our SYNs into raw sockets. A raw TCP socket is shown every segment
// of the machine's every connection.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "probes/tcp_flows.h"

namespace blipd {

/// For raw TCP sockets: segments to our ports with ACK and one of SYN and RST. IPv4 shows packets from the IP header
/// on, IPv6 from the TCP header on.
std::vector<sock_filter> tcpv4_filter(const TcpFlows& flows);
std::vector<sock_filter> tcpv6_filter(const TcpFlows& flows);

/// For raw ICMP sockets: errors that quote a first fragment of TCP from our ports. Walk the same quotes as
/// `decode_icmpv4_error` and `decode_icmpv6_error`.
std::vector<sock_filter> tcp_error_v4_filter(const TcpFlows& flows);
std::vector<sock_filter> tcp_error_v6_filter(const TcpFlows& flows);

}  // namespace blipd
