// The text of everything blipd serves, made from a snapshot. No sockets; nothing here waits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/export/landing_page_events.h"
#include "daemon/store/snapshot.h"

namespace blipd {

struct ProcessStats;
struct StorageFigures;

/// The state of the last reload, for the page and the metrics.
struct ReloadStatus {
  bool successful = true;
  WallTime success_time{};
  std::string message;  ///< of the last failure
  friend bool operator==(const ReloadStatus&, const ReloadStatus&) = default;
};

/// Of the web server itself.
struct WebFigures {
  std::uint64_t accept_failures = 0;
};

/// Prometheus text format 0.0.4. Names and help: daemon/export/metric_names.h; labels: docs/metrics.md. The process_*
/// families are read from /proc/self at the call.
std::string render_metrics(const Snapshot& snapshot, const ReloadStatus& reload, const StorageFigures& storage,
                           const WebFigures& web);
/// The same with the process's numbers given (daemon/export/process_stats.h); without them their families are left out.
std::string render_metrics(const Snapshot& snapshot, const ReloadStatus& reload, const StorageFigures& storage,
                           const WebFigures& web, const std::optional<ProcessStats>& process);
/// The body of /api/v1/networks.
std::string render_networks_json(const Snapshot& snapshot);
/// The same with that network alone; nullopt if there is none of that name.
std::optional<std::string> render_networks_json(const Snapshot& snapshot, std::string_view network);
/// The landing page: self-contained HTML, no script.
std::string render_landing_page(const Snapshot& snapshot, const ReloadStatus& reload, const RecentEvents& events = {});

}  // namespace blipd
