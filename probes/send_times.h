// When each packet of one sendmmsg call left. The call is framed by two readings of our clock, and the kernel has
// stamped some of the packets. The others are spread evenly between their stamped neighbours.
#pragma once

#include <optional>
#include <span>

#include "probes/clock.h"

namespace blipd {

/// Fills `times` for packets handed over between `before` and `after`; `stamps` has the same size. A stamp that lies
/// outside the call by more than 50 us is not used: it belongs to something else, or the packet waited in a queue, and
/// then nobody knows for the others. The times never decrease.
void spread_send_times(Instant before, Instant after, std::span<const std::optional<Instant>> stamps,
                       std::span<Instant> times);

}  // namespace blipd
