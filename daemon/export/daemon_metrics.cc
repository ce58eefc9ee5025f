#include "daemon/export/daemon_metrics.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/export/metric_names.h"
#include "daemon/export/utf8.h"

namespace blipd {

namespace {

#if defined(__clang__)
constexpr const char* kCompiler = "clang " __clang_version__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

double unix_seconds(WallTime t) { return std::chrono::duration<double>(t.time_since_epoch()).count(); }

prometheus::MetricType type_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::counter:
      return prometheus::MetricType::Counter;
    case MetricKind::gauge:
      return prometheus::MetricType::Gauge;
    case MetricKind::histogram:
      return prometheus::MetricType::Histogram;
    case MetricKind::summary:
      return prometheus::MetricType::Summary;
  }
  return prometheus::MetricType::Untyped;
}

class Families {
 public:
  void add(const MetricName& name) {
    prometheus::MetricFamily family;
    family.name = std::string(name.name);
    family.help = std::string(name.help);
    family.type = type_of(name.kind);
    families_.push_back(std::move(family));
  }
  /// A sample of the family added last.
  void sample(double value, std::vector<prometheus::ClientMetric::Label> labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    metric.counter.value = value;
    metric.gauge.value = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void add(const MetricName& name, double value) {
    add(name);
    sample(value);
  }
  void add(const MetricName& name, std::uint64_t value) { add(name, static_cast<double>(value)); }
  void add(const MetricName& name, bool value) { add(name, value ? 1.0 : 0.0); }
  void add(const MetricName& name, const LagHistogram& lag) {
    add(name);
    prometheus::ClientMetric metric;
    metric.histogram.sample_count = lag.count;
    metric.histogram.sample_sum = to_seconds(lag.sum);
    std::uint64_t at_most = 0;
    for (std::size_t i = 0; i < kLagBuckets; ++i) {
      at_most += lag.buckets[i];
      metric.histogram.bucket.push_back({at_most, lag_bucket_bound(i)});
    }
    metric.histogram.bucket.push_back({lag.count, std::numeric_limits<double>::infinity()});
    families_.back().metric.push_back(std::move(metric));
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  std::vector<prometheus::MetricFamily> families_;
};

void add_references(const Snapshot& snapshot, Families& families) {
  families.add(metric::kReferenceResponding);
  std::set<std::string> named;
  for (const ReferenceSnapshot& reference : snapshot.references) {
    std::string host = valid_utf8(reference.host);
    // The same series twice would make Prometheus refuse the whole page.
    if (!named.insert(host).second) continue;
    families.sample(reference.responding ? 1.0 : 0.0, {{"host", std::move(host)}});
  }
}

void add_names(const Snapshot& snapshot, Families& families) {
  std::size_t names = 0;
  std::size_t unresolved = 0;
  for (const NetworkSnapshot& network : snapshot.networks) {
    names += network.names;
    unresolved += network.unresolved_names.size();
  }
  families.add(metric::kNames);
  families.sample(static_cast<double>(names - std::min(names, unresolved)), {{"status", "resolved"}});
  families.sample(static_cast<double>(unresolved), {{"status", "unresolved"}});
}

}  // namespace

std::string render_daemon_metrics(const Snapshot& snapshot, const ReloadStatus& reload, const WebFigures& web,
                                  const std::optional<ProcessStats>& process) {
  Families families;
  families.add(metric::kVantageOk, snapshot.vantage_ok);
  add_references(snapshot, families);
  families.add(metric::kTargets, snapshot.targets);
  add_names(snapshot, families);
  families.add(metric::kResolveFailures, snapshot.resolve_failures);
  families.add(metric::kRepliesStray, snapshot.stray);
  families.add(metric::kRepliesForged, snapshot.forged);
  families.add(metric::kReceiveDrops, snapshot.receive_drops);
  families.add(metric::kRepliesUnstamped, snapshot.unstamped);
  families.add(metric::kRttBelowZero, snapshot.rtt_below_zero);
  families.add(metric::kClockSteps, snapshot.clock_steps);
  families.add(metric::kSuspended, to_seconds(snapshot.suspended));
  families.add(metric::kSchedulerLag, snapshot.lag);
  families.add(metric::kSnapshotTimestamp, unix_seconds(snapshot.taken));
  families.add(metric::kReloadSuccessful, reload.successful);
  families.add(metric::kReloadSuccessTimestamp, unix_seconds(reload.success_time));
  families.add(metric::kWebAcceptFailures, web.accept_failures);
  families.add(metric::kBuildInfo);
  families.sample(1.0, {{"version", BLIPD_VERSION}, {"compiler", kCompiler}});
  if (process) {
    families.add(metric::kProcessCpu, process->cpu_seconds);
    families.add(metric::kProcessResident, process->resident_bytes);
    families.add(metric::kProcessVirtual, process->virtual_bytes);
    families.add(metric::kProcessOpenFds, process->open_fds);
    families.add(metric::kProcessMaxFds, process->max_fds);
    families.add(metric::kProcessStart, process->start_time);
  }
  return families.text();
}

}  // namespace blipd
