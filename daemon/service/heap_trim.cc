#include "daemon/service/heap_trim.h"

#include <malloc.h>

#include <algorithm>

#include "daemon/export/process_stats.h"

namespace blipd {

HeapTrim::Ports HeapTrim::heap() {
  return {[]() -> std::optional<std::uint64_t> {
            const std::optional<ProcessStats> stats = read_process_stats();
            return stats ? std::optional(stats->resident_bytes) : std::nullopt;
          },
          [] { ::malloc_trim(0); }};
}

void HeapTrim::look(Instant now) {
  if (now < next_) return;
  next_ = now + kInterval;
  const std::optional<std::uint64_t> resident = ports_.resident();
  if (!resident) return;
  least_ = std::min(least_, *resident);
  if (*resident <= least_ + least_ / 50) return;
  ports_.trim();
  // What is left is needed, as far as anybody can tell.
  least_ = ports_.resident().value_or(*resident);
}

}  // namespace blipd
