#include "daemon/service/restored_state.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "daemon/storage/saved_module.h"
#include "daemon/storage/stable_key.h"

namespace blipd {
namespace {

using std::chrono::hours;

/// No window is longer, and older outcomes of a host say nothing of it any more.
constexpr Duration kLongestMemory = hours(24);
/// Of an event; what is older is a damaged number.
constexpr Duration kLongestEvent = hours(24 * 3650);

Instant instant_of(WallTime t, const WallAnchor& now) {
  const WallTime kept =
      std::clamp(t, now.wall - std::chrono::duration_cast<WallTime::duration>(kLongestEvent), now.wall);
  return now.instant - std::chrono::duration_cast<Duration>(now.wall - kept);
}

RestoredWindows restored_windows(const std::vector<SavedWindow>& windows, const WallAnchor& now) {
  RestoredWindows restored;
  for (const SavedWindow& window : windows) {
    if (window.first > now.wall || window.first < now.wall - 2 * kLongestMemory) continue;
    restored.emplace_back(window.length, WindowContents{instant_of(window.first, now), window.buckets});
  }
  return restored;
}

std::vector<std::pair<std::size_t, AvailabilityContents>> restored_availability(
    const std::vector<SavedAvailability>& availability, const WallAnchor& now) {
  std::vector<std::pair<std::size_t, AvailabilityContents>> restored;
  for (const SavedAvailability& saved : availability) {
    for (std::size_t i = 0; i < kAvailabilityRules.size(); ++i) {
      const AvailabilityRule& rule = kAvailabilityRules[i];
      if (saved_loss(rule) != saved.loss || rule.interval != saved.interval) continue;
      // What began later than now lies in the future of a clock that was set back.
      const bool known = saved.begin <= now.wall;
      restored.emplace_back(i, AvailabilityContents{saved.count, known ? instant_of(saved.begin, now) : now.instant,
                                                    known ? saved.outcomes : ReplyCount{}});
    }
  }
  return restored;
}

/// Finds each host's windows; they are in the order in which hosts are kept.
void add_host_windows(std::vector<RestoredHost>& hosts, std::int64_t module,
                      const std::vector<SavedHostWindows>& windows, const WallAnchor& now) {
  auto host = hosts.begin();
  for (const SavedHostWindows& saved : windows) {
    if (saved.module != module) continue;
    const auto found = std::find_if(host, hosts.end(), [&](const RestoredHost& h) {
      return h.known.address == saved.address && h.name == saved.name;
    });
    if (found == hosts.end()) continue;
    found->windows = restored_windows(saved.windows, now);
    host = std::next(found);
  }
}

std::vector<RestoredHost> restored_hosts(const std::vector<SavedHost>& hosts, bool outcomes_count) {
  std::vector<RestoredHost> restored;
  restored.reserve(hosts.size());
  for (const SavedHost& host : hosts) {
    restored.push_back({known_host(host), host.name, {}});
    if (outcomes_count) continue;
    TargetState& known = restored.back().known;
    known.outcomes = 0;
    known.outcomes_known = 0;
    known.failure_run = 0;
    known.suspect_run = 0;
  }
  return restored;
}

RestoredEvent restored_event(const CarriedEvent& carried, const WallAnchor& now) {
  RestoredEvent restored{carried.event.facts, instant_of(carried.watched_until, now)};
  Event& open = restored.open;
  open.start = instant_of(carried.event.start, now);
  open.detected_at = instant_of(carried.event.detected_at, now);
  open.end.reset();
  restored.watched_until = std::max(restored.watched_until, open.start);
  const Duration seen = restored.watched_until - open.start;
  open.start_uncertainty = std::clamp<Duration>(open.start_uncertainty, Duration::zero(), hours(1));
  open.evidence.dark = std::clamp(open.evidence.dark, Duration::zero(), seen);
  if (open.evidence.period) {
    open.evidence.period = std::clamp<Duration>(*open.evidence.period, std::chrono::minutes(1), kLongestMemory);
  }
  return restored;
}

}  // namespace

void restore_state(Storage& storage, const Config& config, const std::vector<CarriedEvent>& carried,
                   const WallAnchor& now, const std::function<void(RestoredState)>& give) {
  std::map<std::int64_t, StateRow> windows;
  for (StateRow& row : storage.windows()) {
    const std::int64_t key = row.key;
    windows.emplace(key, std::move(row));
  }
  for (const NetworkConfig& network : config.networks) {
    RestoredState state;
    state.name_key = [](std::string_view name) { return stable_key({name}); };
    const std::optional<SavedNetworkHosts> hosts = storage.hosts(hosts_key(network.name));
    std::vector<SavedHostWindows> host_windows;
    if (network.per_host_metrics) host_windows = storage.host_windows(host_windows_key(network.name));
    for (const std::string& name : network.modules) {
      RestoredModule module;
      module.network = network.name;
      module.module = name;
      const auto row = windows.find(stable_key({network.name, name}));
      if (row != windows.end()) {
        if (const auto saved = decode_module(row->second.data)) {
          module.windows = restored_windows(saved->windows, now);
          module.after_loss = restored_windows(saved->after_loss, now);
          module.lost_before = saved->lost_before;
          module.availability = restored_availability(saved->availability, now);
        }
      }
      if (hosts) {
        const auto known = std::find_if(hosts->modules.begin(), hosts->modules.end(),
                                        [&](const SavedModuleHosts& m) { return m.module == stable_key({name}); });
        const bool young = hosts->saved_at >= now.wall - kLongestMemory;
        if (known != hosts->modules.end()) module.hosts = restored_hosts(known->hosts, young);
        add_host_windows(module.hosts, stable_key({name}), host_windows, now);
      }
      const bool counted = !module.windows.empty() || !module.availability.empty();
      if (counted || !module.hosts.empty()) state.modules.push_back(std::move(module));
    }
    for (const CarriedEvent& event : carried) {
      const Event& facts = event.event.facts;
      if (facts.network == network.name && facts.event_class != EventClass::vantage) {
        state.events.push_back(restored_event(event, now));
      }
    }
    if (!state.modules.empty() || !state.events.empty()) give(std::move(state));
  }
}

}  // namespace blipd
