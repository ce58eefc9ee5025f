#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/export/icmp_words.h"
#include "daemon/export/module_figures.h"
#include "daemon/export/page.h"
#include "daemon/export/page_text.h"

namespace blipd {

namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
Json number_or_null(std::optional<double> value) { return value ? Json(*value) : Json(nullptr); }
Json time_or_null(WallTime t) { return t == WallTime{} ? Json(nullptr) : Json(format_rfc3339(t)); }

Json probes_json(const ModuleSnapshot& module) {
  const ProbeCounters& probes = module.probes;
  Json failures = Json::object();
  for (std::size_t i = 0; i < kFailureReasons; ++i) {
    const auto reason = static_cast<FailureReason>(i);
    if (shows_reason(module, reason)) failures[std::string(to_string(reason))] = probes.failures[i];
  }
  Json voids = Json::object();
  for (std::size_t i = 0; i < kVoidCauses; ++i) {
    voids[std::string(to_string(static_cast<VoidCause>(i)))] = probes.voids[i];
  }
  return {{"sent", probes.sent},           {"replies", probes.replies},     {"failures", std::move(failures)},
          {"void", std::move(voids)},      {"in_flight", probes.in_flight}, {"late", probes.late},
          {"duplicate", probes.duplicate}, {"missed", probes.missed}};
}

Json windows_json(const Snapshot& snapshot, const ModuleSnapshot& module) {
  Json windows = Json::array();
  const std::size_t n = std::min(snapshot.window_labels.size(), module.windows.size());
  for (std::size_t i = 0; i < n; ++i) {
    const WindowRatio& window = module.windows[i];
    windows.push_back({{"window", snapshot.window_labels[i]},
                       {"probes", window.probes},
                       {"success_ratio", number_or_null(window.ratio)},
                       {"lower", number_or_null(window.lower)},
                       {"upper", number_or_null(window.upper)}});
  }
  return windows;
}

Json availability_json(const ModuleSnapshot& module) {
  Json rules = Json::array();
  for (std::size_t i = 0; i < kAvailabilityRules.size(); ++i) {
    const AvailabilityCount& count = module.availability[i];
    rules.push_back({{"loss", kAvailabilityRules[i].loss},
                     {"interval_seconds", to_seconds(kAvailabilityRules[i].interval)},
                     {"intervals", count.intervals},
                     {"unavailable", count.unavailable}});
  }
  return rules;
}

Json errors_json(const ModuleSnapshot& module) {
  Json errors = Json::array();
  for (const ErrorEvidence& error : module.errors) {
    errors.push_back({{"type", error.icmp.type},
                      {"code", error.icmp.code},
                      {"meaning", describe_icmp_error(error.icmp, error.responder.is_v4())},
                      {"responder", error.responder.to_string()},
                      {"count", error.count}});
  }
  return errors;
}

Json certificate_json(const ModuleSnapshot& module) {
  if (!module.http || !module.http->certificate_expiry) return nullptr;
  return format_rfc3339(*module.http->certificate_expiry);
}

Json module_json(const Snapshot& snapshot, const ModuleSnapshot& module) {
  return {{"module", module.module},
          {"prober", module.prober},
          {"state", to_string(module.state)},
          {"round_seconds", to_seconds(module.round)},
          {"targets", module.targets},
          {"hosts_limited", module.hosts_limited},
          {"probes", probes_json(module)},
          {"windows", windows_json(snapshot, module)},
          {"availability", availability_json(module)},
          {"rtt",
           {{"count", module.rtt.count},
            {"p50_seconds", number_or_null(rtt_quantile(module.rtt, 0.5))},
            {"p90_seconds", number_or_null(rtt_quantile(module.rtt, 0.9))},
            {"p99_seconds", number_or_null(rtt_quantile(module.rtt, 0.99))}}},
          {"certificate_expiry", certificate_json(module)},
          {"errors", errors_json(module)}};
}

Json open_event_json(const std::optional<OpenEvent>& event) {
  if (!event) return nullptr;
  return {{"class", to_string(event->event_class)}, {"start", time_or_null(event->start)}};
}

Json network_json(const Snapshot& snapshot, const NetworkSnapshot& network) {
  Json labels = Json::object();
  for (const auto& [name, value] : network.labels) labels[name] = value;
  Json modules = Json::array();
  for (const ModuleSnapshot& module : network.modules) modules.push_back(module_json(snapshot, module));
  return {{"name", network.name},
          {"labels", std::move(labels)},
          {"state", to_string(network.state)},
          {"since", time_or_null(network.since)},
          {"open_event", open_event_json(network.open_event)},
          {"hosts", network.hosts},
          {"hosts_responding", network.hosts_responding},
          {"hosts_silent", network.hosts_silent},
          {"unresolved_names", network.unresolved_names},
          {"state_changes", network.state_changes},
          {"modules", std::move(modules)}};
}

// Names may hold bytes that are not UTF-8; the default handler would throw.
std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Network by network: as one tree, tens of thousands of them take six times the memory of the text.
class Document {
 public:
  /// `count` networks will be added.
  Document(const Snapshot& snapshot, std::size_t count) : snapshot_(snapshot), left_(count) {
    text_ = text_of({{"vantage", snapshot.vantage},
                     {"vantage_ok", snapshot.vantage_ok},
                     {"vantage_event", open_event_json(snapshot.vantage_event)},
                     {"taken", time_or_null(snapshot.taken)}});
    text_.back() = ',';
    text_ += "\"networks\":[";
  }
  void add(const NetworkSnapshot& network) {
    const std::string text = text_of(network_json(snapshot_, network));
    // What comes is about as long. A text that grows by doubling would be there twice.
    if (text_.capacity() - text_.size() <= text.size() + kEnd.size()) {
      text_.reserve(text_.size() + (text.size() + text.size() / 8) * left_ + kEnd.size());
    }
    if (text_.back() != '[') text_ += ',';
    text_ += text;
    left_ -= left_ > 1 ? 1 : 0;
  }
  std::string take() {
    text_ += kEnd;
    return std::move(text_);
  }

 private:
  static constexpr std::string_view kEnd = "]}\n";

  const Snapshot& snapshot_;
  std::size_t left_;
  std::string text_;
};

}  // namespace

std::string render_networks_json(const Snapshot& snapshot) {
  Document document(snapshot, snapshot.networks.size());
  for (const NetworkSnapshot& network : snapshot.networks) document.add(network);
  return document.take();
}

std::optional<std::string> render_networks_json(const Snapshot& snapshot, std::string_view network) {
  const auto found = std::find_if(snapshot.networks.begin(), snapshot.networks.end(),
                                  [&](const NetworkSnapshot& n) { return n.name == network; });
  if (found == snapshot.networks.end()) return std::nullopt;
  Document document(snapshot, 1);
  document.add(*found);
  return document.take();
}

}  // namespace blipd
