#include "daemon/export/storage_metrics.h"

#include <chrono>

#include "daemon/export/metric_names.h"
#include "daemon/export/text_format.h"

namespace blipd {

void append_storage_metrics(const StorageFigures& figures, std::string& out) {
  TextFormat text(out);
  text.family(metric::kStorageErrors);
  for (const auto& [reason, count] : figures.errors) {
    text.sample(metric::kStorageErrors.name, label_text("reason", reason), {}, count);
  }
  text.family(metric::kStorageLastSuccess);
  const WallTime last = figures.last_success.value_or(WallTime{});
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(last.time_since_epoch());
  text.sample(metric::kStorageLastSuccess.name, {}, {}, std::chrono::duration<double>(milliseconds).count());
  text.family(metric::kStorageQueueLength);
  text.sample(metric::kStorageQueueLength.name, {}, {}, figures.queue_length);
  text.family(metric::kStorageFileSize);
  text.sample(metric::kStorageFileSize.name, {}, {}, figures.file_size);
}

}  // namespace blipd
