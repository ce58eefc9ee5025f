// A packet as a raw socket delivered it.
#pragma once

#include <cstdint>

#include "probes/address.h"
#include "probes/clock.h"
#include "probes/wire/bytes.h"

namespace blipd {

/// IPv4 with its IP header; IPv6 from the transport header on. Possibly cut short behind what is looked at.
struct ReceivedPacket {
  Bytes bytes;
  Address from;
  std::uint8_t hop_limit = 0;  ///< from the control message of IPv6; IPv4 has it in its header
  Instant received{};
};

}  // namespace blipd
