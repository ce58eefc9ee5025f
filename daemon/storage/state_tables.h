// Windows, hosts and moments in the file: blobs of daemon/storage/saved_state.h and saved_hosts.h under stable keys.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "daemon/storage/sqlite.h"
#include "probes/clock.h"

namespace blipd {

struct StateRow {
  std::int64_t key = 0;  ///< of the network and module for windows, hosts_key or host_windows_key for hosts
  WallTime saved_at{};
  std::vector<std::uint8_t> data;
};

/// What is known of a moment: windows of every module, and that blipd watched until then.
struct WindowsBatch {
  WallTime watched_until{};
  std::vector<StateRow> rows;
};

/// One transaction. A loss of power may take the newest of them, the end of the process none.
StorageResult<void> write_windows(Database& database, const WindowsBatch& batch);
StorageResult<void> write_hosts(Database& database, const StateRow& row);

StorageResult<std::vector<StateRow>> read_windows(Database& database);
/// Nullopt if nothing is kept of that network.
StorageResult<std::optional<StateRow>> read_hosts(Database& database, std::int64_t key);
/// Nullopt in a new file.
StorageResult<std::optional<WallTime>> read_watched_until(Database& database);

}  // namespace blipd
