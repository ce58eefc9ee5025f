#include <optional>
#include <string>

#include "daemon/export/daemon_metrics.h"
#include "daemon/export/network_metrics.h"
#include "daemon/export/page.h"
#include "daemon/export/process_stats.h"
#include "daemon/export/storage_metrics.h"

namespace blipd {

namespace {

// A module writes some 55 lines of about 100 bytes, a network ten; growing a string of ten megabytes by doubling costs
// as much as filling it.
std::size_t expected_size(const Snapshot& snapshot) {
  std::size_t size = 16 * 1024;
  for (const NetworkSnapshot& network : snapshot.networks) size += 1024 + 6 * 1024 * network.modules.size();
  return size;
}

}  // namespace

std::string render_metrics(const Snapshot& snapshot, const ReloadStatus& reload, const StorageFigures& storage,
                           const WebFigures& web, const std::optional<ProcessStats>& process) {
  std::string out;
  out.reserve(expected_size(snapshot));
  append_network_metrics(snapshot, out);
  append_storage_metrics(storage, out);
  out += render_daemon_metrics(snapshot, reload, web, process);
  return out;
}

std::string render_metrics(const Snapshot& snapshot, const ReloadStatus& reload, const StorageFigures& storage,
                           const WebFigures& web) {
  return render_metrics(snapshot, reload, storage, web, read_process_stats());
}

}  // namespace blipd
