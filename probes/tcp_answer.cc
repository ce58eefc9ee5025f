#include "probes/tcp_answer.h"

#include <optional>

#include "probes/wire/ip_header.h"
#include "probes/wire/quoted_packet.h"
#include "probes/wire/tcp_segment.h"

namespace blipd {
namespace {

Answer stray(const ReceivedPacket& packet) {
  Answer answer;
  answer.from = packet.from;
  answer.hop_limit = packet.hop_limit;
  answer.received = packet.received;
  return answer;
}

/// The transport message of a packet. IPv6 sockets deliver just that.
std::optional<Bytes> message_in(IpFamily family, const ReceivedPacket& packet, Answer& answer) {
  if (family == IpFamily::v6) return packet.bytes;
  const std::optional<IpHeader> header = decode_ipv4(packet.bytes);
  if (!header) return std::nullopt;
  answer.hop_limit = header->hop_limit;
  return header->payload;
}

FlightSlot slot_of_reset(const TcpFlows& flows, const TcpFlow& flow, std::uint32_t acknowledgment) {
  const FlightSlot proper = flows.slot_of(flow, acknowledgment - 1);
  if (flows.credible(proper)) return proper;
  const FlightSlot other = flows.slot_of(flow, acknowledgment);
  return flows.credible(other) ? other : proper;
}

}  // namespace

Answer read_tcp_answer(IpFamily family, const ReceivedPacket& packet, const TcpFlows& flows) {
  Answer answer = stray(packet);
  const std::optional<Bytes> message = message_in(family, packet, answer);
  if (!message) return answer;
  const std::optional<TcpSegment> segment = decode_tcp_segment(*message);
  if (!segment || !flows.owns(segment->destination_port) || (segment->flags & kTcpAck) == 0) return answer;
  const TcpFlow flow{packet.from, segment->destination_port, segment->source_port};
  if ((segment->flags & kTcpRst) != 0) {
    const bool refused = flows.meaning_of(flow.source_port) == ResetMeaning::refused;
    answer.kind = refused ? AnswerKind::failure : AnswerKind::reply;
    if (refused) answer.reason = FailureReason::refused;
    answer.slot = slot_of_reset(flows, flow, segment->acknowledgment);
  } else if ((segment->flags & (kTcpSyn | kTcpFin)) == kTcpSyn) {
    answer.kind = AnswerKind::reply;
    answer.slot = flows.slot_of(flow, segment->acknowledgment - 1);
  } else {
    return answer;
  }
  answer.number = kUnknownNumber;
  return answer;
}

Answer read_tcp_error(IpFamily family, const ReceivedPacket& packet, const TcpFlows& flows) {
  Answer answer = stray(packet);
  const std::optional<Bytes> message = message_in(family, packet, answer);
  if (!message) return answer;
  const std::optional<QuotedPacket> quote =
      family == IpFamily::v4 ? decode_icmpv4_error(*message) : decode_icmpv6_error(*message);
  if (!quote || quote->packet.protocol != kProtocolTcp) return answer;
  const std::optional<TcpQuote> syn = decode_tcp_quote(quote->packet.payload);
  if (!syn || !flows.owns(syn->source_port)) return answer;
  answer.kind = AnswerKind::icmp_error;
  answer.icmp = {quote->type, quote->code};
  answer.to = Address(quote->packet.destination);
  answer.slot = flows.slot_of({answer.to, syn->source_port, syn->destination_port}, syn->sequence);
  answer.number = kUnknownNumber;
  return answer;
}

}  // namespace blipd
