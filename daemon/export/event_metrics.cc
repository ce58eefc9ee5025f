#include "daemon/export/event_metrics.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/export/metric_names.h"
#include "daemon/export/text_format.h"

namespace blipd {

namespace {

constexpr std::array<EventClass, kEventClasses - 1> kNetworkClasses{EventClass::blip, EventClass::outage,
                                                                    EventClass::spotty, EventClass::flapping};

std::string class_label(EventClass c) { return label_text("class", to_string(c)); }

/// 0: none of that class is open.
double open_since(const std::optional<OpenEvent>& open, EventClass c) {
  if (!open || open->event_class != c) return 0;
  // Nanoseconds of today do not fit a double; milliseconds do, and are what the API tells.
  const auto start = std::chrono::floor<std::chrono::milliseconds>(open->start.time_since_epoch());
  return std::chrono::duration<double>(start).count();
}

class Renderer {
 public:
  Renderer(const Snapshot& snapshot, std::string& out) : snapshot_(snapshot), text_(out) {
    for (const NetworkSnapshot& network : snapshot.networks) labels_.push_back(label_text("network", network.name));
  }

  void counts() {
    text_.family(metric::kEvents);
    for_each_class([&](const std::string& labels, const NetworkSnapshot& network, EventClass c) {
      text_.sample(metric::kEvents.name, labels, class_label(c), network.events[static_cast<std::size_t>(c)]);
    });
    text_.sample(metric::kEvents.name, {}, class_label(EventClass::vantage), snapshot_.vantage_events);
  }

  void open() {
    text_.family(metric::kEventOpen);
    for_each_class([&](const std::string& labels, const NetworkSnapshot& network, EventClass c) {
      text_.sample(metric::kEventOpen.name, labels, class_label(c), open_since(network.open_event, c));
    });
    text_.sample(metric::kEventOpen.name, {}, class_label(EventClass::vantage),
                 open_since(snapshot_.vantage_event, EventClass::vantage));
  }

  void losses() {
    text_.family(metric::kLossBurstRatio);
    for_each_network([&](const std::string& labels, const NetworkSnapshot& network) {
      text_.sample(metric::kLossBurstRatio.name, labels, {},
                   network.loss_burst_ratio.value_or(std::numeric_limits<double>::quiet_NaN()));
    });
    text_.family(metric::kLossRuns);
    const std::string name(metric::kLossRuns.name);
    for_each_network([&](const std::string& labels, const NetworkSnapshot& network) {
      const LossRunHistogram& runs = network.loss_runs;
      std::uint64_t at_most = 0;
      for (std::size_t i = 0; i < kLossRunBounds.size(); ++i) {
        at_most += runs.buckets[i];
        text_.sample(name + "_bucket", labels, label_text("le", std::to_string(kLossRunBounds[i])), at_most);
      }
      text_.sample(name + "_bucket", labels, "le=\"+Inf\"", runs.count);
      text_.sample(name + "_sum", labels, {}, runs.sum);
      text_.sample(name + "_count", labels, {}, runs.count);
    });
  }

 private:
  template <class Write>
  void for_each_network(Write write) {
    for (std::size_t i = 0; i < labels_.size(); ++i) write(labels_[i], snapshot_.networks[i]);
  }
  template <class Write>
  void for_each_class(Write write) {
    for_each_network([&](const std::string& labels, const NetworkSnapshot& network) {
      for (const EventClass c : kNetworkClasses) write(labels, network, c);
    });
  }

  const Snapshot& snapshot_;
  TextFormat text_;
  std::vector<std::string> labels_;
};

}  // namespace

void append_event_metrics(const Snapshot& snapshot, std::string& out) {
  Renderer renderer(snapshot, out);
  renderer.counts();
  renderer.open();
  renderer.losses();
}

}  // namespace blipd
