// What a received packet says about our SYNs. Pure: bytes in, one Answer out.
#pragma once

#include "probes/prober.h"
#include "probes/received_packet.h"
#include "probes/tcp_flows.h"
#include "probes/wire/icmp_echo.h"

namespace blipd {

/// A TCP segment. A SYN-ACK to a port of ours is `reply`; so is a reset that acknowledges our SYN, unless its port says
/// that the module asks for an open one: then it is `failure`, `refused`. Both bring back the slot and
/// `kUnknownNumber`; whether that slot is a probe of ours to that host is the daemon's to say. A reset acknowledges
/// our sequence number plus one (RFC 9293 section 3.10.7.1) or, from some middleboxes, the number itself. All else is
/// `stray`: nothing in a segment claims to be ours before it has been looked up, so that nothing is called forged.
Answer read_tcp_answer(IpFamily family, const ReceivedPacket& packet, const TcpFlows& flows);

/// An ICMP message. An error that quotes 8 bytes or more of a segment from a port of ours is `icmp_error`, with the
/// slot, `kUnknownNumber`, and `to` the address the quoted segment was sent to. All else is `stray`.
Answer read_tcp_error(IpFamily family, const ReceivedPacket& packet, const TcpFlows& flows);

}  // namespace blipd
