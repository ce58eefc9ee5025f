// What is kept of windows over a restart, and the bytes it is kept as. All numbers are big-endian.
//
//   windows of a network and module:  version(1) count(1), then for each window
//     length in ns(8)  begin of the first bucket, us since 1970(8)  buckets(1), then for each bucket
//     probes and replies, seven bits a byte, lowest first, the high bit saying that more follow
//
// Anything that changes the meaning is a new version, which an older decoder refuses; what it stood for is then learned
// anew.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/store/window.h"
#include "probes/clock.h"
#include "probes/wire/bytes.h"

namespace blipd {

struct SavedWindow {
  Duration length{};
  WallTime first{};                 ///< when the first bucket begins
  std::vector<ReplyCount> buckets;  ///< as WindowContents, at most Window::kBuckets
};

std::vector<std::uint8_t> encode_windows(const std::vector<SavedWindow>& windows);
/// Any bytes. Nullopt if they are none of ours, cut short, or of a newer version.
std::optional<std::vector<SavedWindow>> decode_windows(Bytes bytes);

}  // namespace blipd
