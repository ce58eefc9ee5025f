// The classic BPF programs that let only answers to our echo requests into a raw ICMP socket. Every ICMP packet of the
// machine is shown to every raw ICMP socket; without a filter our own requests and everybody's replies would fill the
// queue.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "probes/icmp_identifiers.h"

namespace blipd {

/// For a socket that is shown packets from the IPv4 header on.
std::vector<sock_filter> icmpv4_filter(const IcmpIdentifiers& identifiers);
/// For a socket that is shown packets from the ICMPv6 header on. Walks the same quotes as `decode_ipv6`.
std::vector<sock_filter> icmpv6_filter(const IcmpIdentifiers& identifiers);

}  // namespace blipd
