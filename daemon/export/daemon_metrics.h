// The few dozen series about blipd itself, built and written with prometheus-cpp.
#pragma once

#include <optional>
#include <string>

#include "daemon/export/page.h"
#include "daemon/export/process_stats.h"

namespace blipd {

/// Every family without a network label, in the text format. Without `process` the process_* families are left out.
std::string render_daemon_metrics(const Snapshot& snapshot, const ReloadStatus& reload, const WebFigures& web,
                                  const std::optional<ProcessStats>& process);

}  // namespace blipd
