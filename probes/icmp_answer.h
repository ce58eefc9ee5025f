// What a received ICMP packet says about our probes. Pure: bytes in, one Answer out.
#pragma once

#include "probes/icmp_identifiers.h"
#include "probes/prober.h"
#include "probes/received_packet.h"
#include "probes/reply_signature.h"
#include "probes/wire/icmp_echo.h"

namespace blipd {

/// A reply with our identifier is `reply` if its MAC holds and its sequence belongs to it, else `forged`. An error that
/// quotes an echo request with our identifier is `icmp_error` or `forged` by the same rule, `short_quote` if it quotes
/// less than the MAC. All else is `stray`.
Answer read_icmp_answer(IpFamily family, const ReceivedPacket& packet, const IcmpIdentifiers& identifiers,
                        const ReplySignature& signature);

}  // namespace blipd
