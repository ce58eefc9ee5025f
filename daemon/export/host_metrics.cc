#include "daemon/export/host_metrics.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/export/metric_names.h"
#include "daemon/export/text_format.h"

namespace blipd {

namespace {

struct HostSeries {
  std::string labels;
  const HostSnapshot* host;
};

/// A name has one host for each address family, so the name alone would not tell two series apart.
std::vector<HostSeries> host_series(const Snapshot& snapshot) {
  std::vector<HostSeries> series;
  for (const NetworkSnapshot& network : snapshot.networks) {
    for (const ModuleSnapshot& module : network.modules) {
      if (module.hosts.empty()) continue;
      const std::string labels = label_text("network", network.name) + ',' + label_text("module", module.module) + ',';
      for (const HostSnapshot& host : module.hosts) {
        series.push_back(
            {labels + label_text("host", host.host) + ',' + label_text("address", host.address.to_string()), &host});
      }
    }
  }
  return series;
}

}  // namespace

void append_host_metrics(const Snapshot& snapshot, std::string& out) {
  TextFormat text(out);
  const std::vector<HostSeries> hosts = host_series(snapshot);
  std::vector<std::string> windows;
  for (const std::string& label : snapshot.window_labels) windows.push_back(label_text("window", label));
  const auto each_window = [&](const MetricName& metric, auto value) {
    text.family(metric);
    for (const HostSeries& series : hosts) {
      const std::size_t n = std::min(windows.size(), series.host->windows.size());
      for (std::size_t i = 0; i < n; ++i) {
        text.sample(metric.name, series.labels, windows[i], value(series.host->windows[i]));
      }
    }
  };
  each_window(metric::kHostSuccessRatio, [](const WindowRatio& w) { return w.ratio; });
  each_window(metric::kHostWindowProbes, [](const WindowRatio& w) { return w.probes; });

  text.family(metric::kHostResponding);
  for (const HostSeries& series : hosts) {
    text.sample(metric::kHostResponding.name, series.labels, {}, std::uint64_t{series.host->responding});
  }
  text.family(metric::kHostRtt);
  for (const HostSeries& series : hosts) {
    if (!series.host->rtt) continue;
    for (std::size_t i = 0; i < kHostQuantiles.size(); ++i) {
      text.sample(metric::kHostRtt.name, series.labels, label_text("quantile", number_text(kHostQuantiles[i])),
                  to_seconds((*series.host->rtt)[i]));
    }
  }
}

}  // namespace blipd
