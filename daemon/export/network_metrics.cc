#include "daemon/export/network_metrics.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/export/event_metrics.h"
#include "daemon/export/host_metrics.h"
#include "daemon/export/metric_names.h"
#include "daemon/export/module_figures.h"
#include "daemon/export/text_format.h"

namespace blipd {

namespace {

struct ModuleSeries {
  std::string labels;
  const ModuleSnapshot* module;
};

struct NetworkSeries {
  std::string labels;
  const NetworkSnapshot* network;
};

/// `name="value"` for each value of an enumeration that counts from 0.
template <class Enum, std::size_t n>
std::array<std::string, n> labels_of(std::string_view name) {
  std::array<std::string, n> out;
  for (std::size_t i = 0; i < n; ++i) out[i] = label_text(name, to_string(static_cast<Enum>(i)));
  return out;
}

/// Writes the lines of one histogram after the other.
class HistogramWriter {
 public:
  explicit HistogramWriter(std::string_view name) : bucket_(name), sum_(name), count_(name) {
    bucket_ += "_bucket";
    sum_ += "_sum";
    count_ += "_count";
    for (std::size_t i = 0; i < kRttBuckets; ++i) bounds_[i] = label_text("le", number_text(rtt_bucket_bound(i)));
  }
  void write(TextFormat& text, std::string_view labels, const RttHistogram& histogram) const {
    std::uint64_t at_most = 0;
    for (std::size_t i = 0; i < kRttBuckets; ++i) {
      at_most += histogram.buckets[i];
      text.sample(bucket_, labels, bounds_[i], at_most);
    }
    text.sample(bucket_, labels, "le=\"+Inf\"", histogram.count);
    text.sample(sum_, labels, {}, to_seconds(histogram.sum));
    text.sample(count_, labels, {}, histogram.count);
  }

 private:
  std::string bucket_;
  std::string sum_;
  std::string count_;
  std::array<std::string, kRttBuckets> bounds_;
};

class Renderer {
 public:
  Renderer(const Snapshot& snapshot, std::string& out) : snapshot_(snapshot), text_(out) {
    for (const NetworkSnapshot& network : snapshot.networks) {
      networks_.push_back({label_text("network", network.name), &network});
      for (const ModuleSnapshot& module : network.modules) {
        modules_.push_back({networks_.back().labels + ',' + label_text("module", module.module), &module});
      }
    }
    for (const std::string& label : snapshot.window_labels) windows_.push_back(label_text("window", label));
  }

  void counters();
  void rtt();
  void http();
  void windows();
  void availability();
  void states();
  void extra();
  void info();

 private:
  /// One sample for each module.
  template <class Value>
  void each_module(const MetricName& metric, Value value) {
    text_.family(metric);
    for (const ModuleSeries& series : modules_) text_.sample(metric.name, series.labels, {}, value(*series.module));
  }
  template <class Value>
  void each_window(const MetricName& metric, Value value) {
    text_.family(metric);
    for (const ModuleSeries& series : modules_) {
      const std::size_t n = std::min(windows_.size(), series.module->windows.size());
      for (std::size_t i = 0; i < n; ++i) {
        text_.sample(metric.name, series.labels, windows_[i], value(series.module->windows[i]));
      }
    }
  }
  void state_samples(const MetricName& metric, std::string_view labels, State state) {
    for (const State s : kAllStates) {
      text_.sample(metric.name, labels, states_[static_cast<std::size_t>(s)], std::uint64_t{s == state});
    }
  }

  const Snapshot& snapshot_;
  TextFormat text_;
  std::vector<NetworkSeries> networks_;
  std::vector<ModuleSeries> modules_;
  std::vector<std::string> windows_;
  std::array<std::string, kStates> states_ = labels_of<State, kStates>("state");
};

void Renderer::counters() {
  each_module(metric::kProbesSent, [](const ModuleSnapshot& m) { return m.probes.sent; });
  each_module(metric::kProbeReplies, [](const ModuleSnapshot& m) { return m.probes.replies; });

  const auto reasons = labels_of<FailureReason, kFailureReasons>("reason");
  text_.family(metric::kProbeFailures);
  for (const ModuleSeries& series : modules_) {
    for (std::size_t i = 0; i < kFailureReasons; ++i) {
      if (!shows_reason(*series.module, static_cast<FailureReason>(i))) continue;
      text_.sample(metric::kProbeFailures.name, series.labels, reasons[i], series.module->probes.failures[i]);
    }
  }
  const auto causes = labels_of<VoidCause, kVoidCauses>("cause");
  text_.family(metric::kProbesVoid);
  for (const ModuleSeries& series : modules_) {
    for (std::size_t i = 0; i < kVoidCauses; ++i) {
      text_.sample(metric::kProbesVoid.name, series.labels, causes[i], series.module->probes.voids[i]);
    }
  }
  each_module(metric::kProbesInFlight, [](const ModuleSnapshot& m) { return m.probes.in_flight; });
  each_module(metric::kRepliesLate, [](const ModuleSnapshot& m) { return m.probes.late; });
  each_module(metric::kRepliesDuplicate, [](const ModuleSnapshot& m) { return m.probes.duplicate; });
  each_module(metric::kProbesMissed, [](const ModuleSnapshot& m) { return m.probes.missed; });
  each_module(metric::kRoundSeconds, [](const ModuleSnapshot& m) { return to_seconds(m.round); });
}

void Renderer::rtt() {
  text_.family(metric::kRttSeconds);
  const HistogramWriter writer(metric::kRttSeconds.name);
  for (const ModuleSeries& series : modules_) writer.write(text_, series.labels, series.module->rtt);
}

void Renderer::http() {
  const auto phases = labels_of<HttpPhase, kHttpPhases>("phase");
  text_.family(metric::kHttpPhaseSeconds);
  const HistogramWriter writer(metric::kHttpPhaseSeconds.name);
  const HttpFigures none;
  for (const ModuleSeries& series : modules_) {
    if (series.module->prober != "http") continue;
    const HttpFigures& figures = series.module->http ? *series.module->http : none;
    for (std::size_t i = 0; i < kHttpPhases; ++i) {
      writer.write(text_, series.labels + ',' + phases[i], figures.phases[i]);
    }
  }
  text_.family(metric::kTlsCertExpiry);
  for (const ModuleSeries& series : modules_) {
    if (!series.module->http || !series.module->http->certificate_expiry) continue;
    const std::chrono::duration<double> expiry = series.module->http->certificate_expiry->time_since_epoch();
    text_.sample(metric::kTlsCertExpiry.name, series.labels, {}, expiry.count());
  }
}

void Renderer::windows() {
  each_window(metric::kSuccessRatio, [](const WindowRatio& w) { return w.ratio; });
  each_window(metric::kSuccessRatioLower, [](const WindowRatio& w) { return w.lower; });
  each_window(metric::kSuccessRatioUpper, [](const WindowRatio& w) { return w.upper; });
  each_window(metric::kWindowProbes, [](const WindowRatio& w) { return w.probes; });
}

void Renderer::availability() {
  const auto samples = [&](const MetricName& metric, std::uint64_t AvailabilityCount::*count) {
    text_.family(metric);
    for (const ModuleSeries& series : modules_) {
      for (std::size_t i = 0; i < kAvailabilityRules.size(); ++i) {
        text_.sample(metric.name, series.labels, label_text("loss", kAvailabilityRules[i].label),
                     series.module->availability[i].*count);
      }
    }
  };
  samples(metric::kAvailabilityIntervals, &AvailabilityCount::intervals);
  samples(metric::kUnavailableIntervals, &AvailabilityCount::unavailable);
}

void Renderer::states() {
  each_module(metric::kRateLimitedHosts, [](const ModuleSnapshot& m) { return m.hosts_limited; });
  text_.family(metric::kModuleState);
  for (const ModuleSeries& series : modules_) state_samples(metric::kModuleState, series.labels, series.module->state);
  text_.family(metric::kNetworkState);
  for (const NetworkSeries& series : networks_) {
    state_samples(metric::kNetworkState, series.labels, series.network->state);
  }
  text_.family(metric::kNetworkStateChanges);
  for (const NetworkSeries& series : networks_) {
    text_.sample(metric::kNetworkStateChanges.name, series.labels, {}, series.network->state_changes);
  }
  text_.family(metric::kNetworkHosts);
  for (const NetworkSeries& series : networks_) {
    text_.sample(metric::kNetworkHosts.name, series.labels, "status=\"responding\"", series.network->hosts_responding);
    text_.sample(metric::kNetworkHosts.name, series.labels, "status=\"silent\"", series.network->hosts_silent);
  }
}

// Probes to decide quickly are there for every module from 0; those for other purposes once there are any.
void Renderer::extra() {
  text_.family(metric::kExtraProbes);
  std::set<std::string> shown;
  const std::string adaptive = ',' + label_text("purpose", to_string(Purpose::adaptive));
  const auto samples = [&](const std::string& labels, const ExtraProbes& extra) {
    text_.sample(metric::kExtraProbes.name, labels, "outcome=\"reply\"", extra.replies);
    text_.sample(metric::kExtraProbes.name, labels, "outcome=\"failure\"", extra.failures);
    text_.sample(metric::kExtraProbes.name, labels, "outcome=\"void\"", extra.voids);
  };
  for (const ExtraProbes& extra : snapshot_.extra) {
    std::string labels;
    if (!extra.network.empty()) labels += label_text("network", extra.network) + ',';
    if (!extra.module.empty()) labels += label_text("module", extra.module) + ',';
    labels += label_text("purpose", to_string(extra.purpose));
    samples(labels, extra);
    if (extra.purpose == Purpose::adaptive) shown.insert(std::move(labels));
  }
  for (const ModuleSeries& series : modules_) {
    const std::string labels = series.labels + adaptive;
    if (!shown.contains(labels)) samples(labels, {});
  }
}

void Renderer::info() {
  text_.family(metric::kNetworkInfo);
  for (const NetworkSeries& series : networks_) {
    std::string labels = series.labels;
    for (const auto& [name, value] : series.network->labels) {
      // A repeated or malformed label name would make Prometheus refuse the whole page.
      if (name == "network" || !is_label_name(name)) continue;
      labels += ',';
      labels += label_text(name, value);
    }
    text_.sample(metric::kNetworkInfo.name, labels, {}, std::uint64_t{1});
  }
}

}  // namespace

void append_network_metrics(const Snapshot& snapshot, std::string& out) {
  Renderer renderer(snapshot, out);
  renderer.counters();
  renderer.rtt();
  renderer.http();
  renderer.windows();
  renderer.availability();
  renderer.states();
  renderer.extra();
  renderer.info();
  append_event_metrics(snapshot, out);
  append_host_metrics(snapshot, out);
}

}  // namespace blipd
