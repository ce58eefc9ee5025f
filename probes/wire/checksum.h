// The Internet checksum (RFC 1071), in two steps so that the sum of bytes that never change is taken once.
#pragma once

#include <cstdint>

#include "probes/wire/bytes.h"

namespace blipd {

/// Sum of the big-endian 16-bit words of at most 2^32 bytes; an odd last byte counts as if a zero followed. Sums of
/// parts may be added if every part but the last has an even length.
std::uint64_t checksum_sum(Bytes bytes);

/// The checksum that belongs to a sum: folded to 16 bits and inverted.
std::uint16_t checksum_of(std::uint64_t sum);

/// The checksum of `bytes`; 0 says that bytes which hold their own checksum are intact.
inline std::uint16_t checksum(Bytes bytes) { return checksum_of(checksum_sum(bytes)); }

}  // namespace blipd
