#include "daemon/service/state_saver.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "daemon/storage/saved_module.h"
#include "daemon/storage/stable_key.h"

namespace blipd {
namespace {

/// Of windows, or of LossPairs.
template <class Windows>
std::vector<SavedWindow> saved_windows(const std::vector<Duration>& lengths, const Windows& windows,
                                       const WallAnchor& now) {
  std::vector<SavedWindow> saved;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    WindowContents contents = windows[i].contents();
    if (contents.buckets.empty()) continue;
    saved.push_back({lengths[i], now.at(contents.first), std::move(contents.buckets)});
  }
  return saved;
}

std::vector<SavedAvailability> saved_availability(const Availability& availability, const WallAnchor& now) {
  std::vector<SavedAvailability> saved;
  const auto contents = availability.contents();
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const AvailabilityRule& rule = kAvailabilityRules[i];
    saved.push_back(
        {saved_loss(rule), rule.interval, now.at(contents[i].begin), contents[i].outcomes, contents[i].count});
  }
  return saved;
}

StateRow row_of(const ModuleWindows& module, const WallAnchor& now) {
  SavedModule saved;
  saved.windows = saved_windows(module.lengths, module.windows, now);
  saved.after_loss = saved_windows(module.lengths, module.loss_pairs, now);
  saved.lost_before = !module.loss_pairs.empty() && module.loss_pairs.front().lost_before();
  saved.availability = saved_availability(module.availability, now);
  return {stable_key({module.network, module.module}), now.wall, encode_module(saved)};
}

}  // namespace

void StateSaver::tick(const Config& config, WallTime watched_until) {
  const Instant now = ports_.clock().instant;
  if (!walking_windows_ && (windows_begun_ == Instant::min() || now - windows_begun_ >= kWindowsPause)) {
    windows_begun_ = now;
    batch_ = {watched_until, {}};
    ask_windows(0, 0);
  }
  networks_.clear();
  for (const NetworkConfig& network : config.networks) networks_.push_back(network.name);
  if (paced_ != Instant::min()) {
    const double share = to_seconds(now - paced_) / to_seconds(kHostsPause);
    const auto all = static_cast<double>(networks_.size());
    networks_due_ = std::min(networks_due_ + share * all, all);
  }
  paced_ = now;
  if (!walking_hosts_) begin_next_network();
}

void StateSaver::ask_windows(std::size_t thread, std::uint32_t from) {
  walking_windows_ = true;
  ports_.ask_thread(thread, [this, thread, from](const Engine& engine) {
    auto piece = std::make_shared<const WindowsPiece>(engine.kept_windows(from, kModulesInPiece));
    ports_.post([this, thread, piece] { take(thread, *piece); });
  });
}

void StateSaver::take(std::size_t thread, const WindowsPiece& piece) {
  const WallAnchor now = ports_.clock();
  for (const ModuleWindows& module : piece.modules) batch_.rows.push_back(row_of(module, now));
  if (!piece.last) return ask_windows(thread, piece.next);
  if (thread + 1 < ports_.threads()) return ask_windows(thread + 1, 0);
  walking_windows_ = false;
  ports_.put_windows(std::exchange(batch_, {}));
}

void StateSaver::begin_next_network() {
  if (networks_due_ < 1 || networks_.empty()) return;
  networks_due_ -= 1;
  begin_hosts(networks_[next_network_++ % networks_.size()]);
  ask_hosts({});
}

void StateSaver::ask_hosts(const HostsPosition& from) {
  walking_hosts_ = true;
  ports_.ask_network(network_, [this, from, network = network_](const Engine& engine) {
    auto piece = std::make_shared<const HostsPiece>(engine.kept_hosts(network, from, kHostsInPiece));
    ports_.post([this, piece] { take(*piece); });
  });
}

void StateSaver::take(const HostsPiece& piece) {
  add(piece);
  if (!piece.last) return ask_hosts(piece.next);
  put_hosts();
  walking_hosts_ = false;
  begin_next_network();
}

void StateSaver::begin_hosts(const std::string& network) {
  network_ = network;
  module_.clear();
  encoder_ = {};
  windows_encoder_ = {};
}

void StateSaver::add(const HostsPiece& piece) {
  if (piece.hosts.empty()) return;
  const std::int64_t module = stable_key({piece.module});
  if (piece.module != module_) encoder_.begin_module(module, !piece.names.empty());
  module_ = piece.module;
  const WallAnchor now = ports_.clock();
  for (std::size_t i = 0; i < piece.hosts.size(); ++i) {
    const std::int64_t name = piece.names.empty() ? 0 : stable_key({piece.names[i]});
    encoder_.add(saved_host(piece.hosts[i], name));
    if (piece.windows.empty()) continue;
    windows_encoder_.add({module, piece.hosts[i].address, name, saved_windows(piece.lengths, piece.windows[i], now)});
  }
}

void StateSaver::put_hosts() {
  // Nothing is known where there is no host yet: what was known of them before they are resolved again stays.
  if (module_.empty()) return;
  const WallTime now = ports_.clock().wall;
  ports_.put_hosts({hosts_key(network_), now, encoder_.take()});
  if (!windows_encoder_.empty()) ports_.put_hosts({host_windows_key(network_), now, windows_encoder_.take()});
}

void StateSaver::save_all(const std::vector<const Engine*>& engines, const Config& config, WallTime watched_until,
                          const std::function<bool()>& is_late) {
  const WallAnchor now = ports_.clock();
  WindowsBatch batch{watched_until, {}};
  for (const Engine* engine : engines) {
    for (const ModuleWindows& module : engine->kept_windows(0, static_cast<std::size_t>(-1)).modules) {
      batch.rows.push_back(row_of(module, now));
    }
  }
  ports_.put_windows(std::move(batch));
  const std::size_t count = config.networks.size();
  for (std::size_t i = 0; i < count && !is_late(); ++i) {
    begin_hosts(config.networks[(next_network_ + i) % count].name);
    bool whole = true;
    // One of them has the network, the others have nothing of it.
    for (const Engine* engine : engines) {
      HostsPiece piece;
      do {
        piece = engine->kept_hosts(network_, piece.next, kHostsInPiece);
        add(piece);
      } while (!piece.last && !is_late());
      whole = whole && piece.last;
    }
    if (whole) put_hosts();
  }
}

}  // namespace blipd
