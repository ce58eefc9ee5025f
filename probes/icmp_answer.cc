#include "probes/icmp_answer.h"

#include <optional>

#include "probes/wire/ip_header.h"
#include "probes/wire/quoted_packet.h"

namespace blipd {
namespace {

bool authentic(const Echo& echo, const ReplySignature& signature) {
  if (!echo.tag) return false;
  const std::uint64_t mac =
      signature.sign(TargetNumber{echo.tag->block, echo.tag->place}, echo.tag->slot, echo.identifier);
  return mac == echo.tag->mac && sequence_of(mac) == echo.sequence;
}

/// Names the answer after what the echo, answered or quoted, proves.
void judge(const Echo& echo, AnswerKind if_authentic, const ReplySignature& signature, Answer& answer) {
  if (!authentic(echo, signature)) {
    answer.kind = AnswerKind::forged;
    return;
  }
  answer.kind = if_authentic;
  answer.number = TargetNumber{echo.tag->block, echo.tag->place};
  answer.slot = echo.tag->slot;
}

}  // namespace

Answer read_icmp_answer(IpFamily family, const ReceivedPacket& packet, const IcmpIdentifiers& identifiers,
                        const ReplySignature& signature) {
  const bool v4 = family == IpFamily::v4;
  Answer answer;
  answer.from = packet.from;
  answer.hop_limit = packet.hop_limit;
  answer.received = packet.received;
  Bytes message = packet.bytes;
  if (v4) {
    const std::optional<IpHeader> header = decode_ipv4(packet.bytes);
    if (!header) return answer;
    answer.hop_limit = header->hop_limit;
    message = header->payload;
  }
  if (const std::optional<Echo> reply = decode_echo_reply(family, message)) {
    if (identifiers.owns(reply->identifier)) judge(*reply, AnswerKind::reply, signature, answer);
    return answer;
  }
  const std::optional<QuotedPacket> quote = v4 ? decode_icmpv4_error(message) : decode_icmpv6_error(message);
  if (!quote || quote->packet.protocol != (v4 ? kProtocolIcmp : kProtocolIcmpV6)) return answer;
  const std::optional<Echo> request = decode_echo_request(family, quote->packet.payload);
  if (!request || !identifiers.owns(request->identifier)) return answer;
  answer.icmp = {quote->type, quote->code};
  answer.to = Address(quote->packet.destination);
  if (request->tag) {
    judge(*request, AnswerKind::icmp_error, signature, answer);
    return answer;
  }
  answer.kind = AnswerKind::short_quote;
  answer.identifier = request->identifier;
  answer.sequence = request->sequence;
  return answer;
}

}  // namespace blipd
