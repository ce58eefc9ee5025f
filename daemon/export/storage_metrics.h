// The metrics of what is kept on the disk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daemon/store/snapshot.h"

namespace blipd {

struct StorageFigures {
  std::vector<std::pair<std::string, std::uint64_t>> errors;  ///< by reason, every reason
  std::optional<WallTime> last_success;                       ///< nullopt before the first write
  std::uint64_t queue_length = 0;
  std::uint64_t file_size = 0;  ///< bytes
};

/// Appends the families.
void append_storage_metrics(const StorageFigures& figures, std::string& out);

}  // namespace blipd
