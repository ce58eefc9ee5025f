// How long what is in the file stays there.
#pragma once

#include <chrono>
#include <cstdint>

#include "daemon/storage/sqlite.h"
#include "probes/clock.h"

namespace blipd {

struct StorageLimits {
  Duration retention = std::chrono::hours(24 * 90);
  std::uint64_t max_size = std::uint64_t{1} << 30;  ///< bytes of the file
};

/// Deletes events that ended longer ago than `retention`, state of hosts that was not written for so long, and windows
/// of more than a day ago, of which nothing can be in any window. Then, while the file is above `max_size`, the events
/// that ended first. Open events stay. Does at most a bounded piece of that, so that new events need not wait; true:
/// there is more to do.
StorageResult<bool> tidy(Database& database, const StorageLimits& limits, WallTime now);

/// Bytes of the file, the room that deleted rows left in it included.
StorageResult<std::uint64_t> file_size(Database& database);

}  // namespace blipd
