// What is kept of windows and hosts over a restart, and the bytes it is kept as. All numbers are big-endian.
//
//   windows of a network and module:  version(1) count(1), then for each window
//     length in ns(8)  begin of the first bucket, us since 1970(8)  buckets(1), then for each bucket
//     probes and replies, seven bits a byte, lowest first, the high bit saying that more follow
//   hosts of a network:  version(1) modules(2), then for each module
//     key of its name(8)  size of a record(2)  records(4), then the records: address(16) and fixed fields
//
// A record may grow at its end: what a decoder does not know of a record it passes over. Anything else that changes the
// meaning is a new version, which an older decoder refuses; what it stood for is then learned anew.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/store/target.h"
#include "daemon/store/window.h"
#include "probes/clock.h"
#include "probes/wire/bytes.h"

namespace blipd {

struct SavedWindow {
  Duration length{};
  WallTime first{};                 ///< when the first bucket begins
  std::vector<ReplyCount> buckets;  ///< as WindowContents, at most Window::kBuckets
};

struct SavedHost {
  Address address;
  std::uint64_t outcomes = 0;  ///< this and the next two as in TargetState
  std::uint8_t outcomes_known = 0;
  std::uint8_t failure_run = 0;
};

struct SavedModuleHosts {
  std::int64_t module = 0;  ///< stable_key of its name
  std::vector<SavedHost> hosts;
};

std::vector<std::uint8_t> encode_windows(const std::vector<SavedWindow>& windows);
/// Any bytes. Nullopt if they are none of ours, cut short, or of a newer version.
std::optional<std::vector<SavedWindow>> decode_windows(Bytes bytes);

std::vector<std::uint8_t> encode_hosts(const std::vector<SavedModuleHosts>& modules);
std::optional<std::vector<SavedModuleHosts>> decode_hosts(Bytes bytes);

}  // namespace blipd
