// A packet to be handed to the vantage.
#pragma once

#include "tests/lab/ip_packet.h"
#include "tests/lab/scenario.h"

namespace blipd::lab {

struct PlannedPacket {
  Elapsed at{};
  Bytes bytes;
};

}  // namespace blipd::lab
