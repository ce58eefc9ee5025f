// A small snapshot with something of everything, for the tests of what blipd serves.
#pragma once

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "daemon/export/page.h"
#include "daemon/export/process_stats.h"
#include "daemon/export/storage_metrics.h"

namespace blipd {

/// 2026-03-01T12:00:00.250Z
inline WallTime sample_time() { return WallTime(std::chrono::milliseconds(1772366400250)); }

inline WindowRatio no_probes_window() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {0, 0, nan, nan, nan};
}

inline ModuleSnapshot sample_ping() {
  ModuleSnapshot module;
  module.module = "ping";
  module.prober = "icmp";
  module.round = std::chrono::milliseconds(12500);
  module.targets = 4;
  module.probes.sent = 100;
  module.probes.replies = 80;
  module.probes.failures = {9, 0, 4, 0, 0, 0, 0};
  module.probes.voids = {1, 2, 0, 0, 1};
  module.probes.in_flight = 3;
  module.probes.late = 5;
  module.probes.duplicate = 6;
  module.probes.missed = 7;
  module.rtt.buckets[0] = 1;
  module.rtt.buckets[9] = 49;
  module.rtt.buckets[10] = 29;
  module.rtt.count = 80;  // one above the last bound
  module.rtt.sum = std::chrono::milliseconds(2500);
  module.windows = {{8, 6, 0.75, 0.4093, 0.9285}, no_probes_window()};
  module.hosts_limited = 1;
  module.availability = {{{120, 3}, {24, 1}}};
  module.state = State::spotty;
  module.errors = {
      {{3, 1}, Address(std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}), 4}};
  return module;
}

inline Snapshot sample_snapshot() {
  Snapshot s;
  s.taken = sample_time();
  s.vantage = "fra1";
  s.window_labels = {"1m", "5m"};

  NetworkSnapshot spotty;
  spotty.name = "star-jv";
  spotty.labels = {{"country", "KP"}, {"note", "a \"quoted\" \\ text\nin two lines"}};
  spotty.state = State::spotty;
  spotty.since = sample_time() - std::chrono::seconds(3725);
  spotty.state_changes = 2;
  spotty.open_event = {EventClass::spotty, sample_time() - std::chrono::seconds(3700)};
  spotty.events = {3, 1, 2, 0, 0};
  spotty.loss_burst_ratio = 2.5;
  spotty.loss_runs.buckets = {5, 3, 0, 1};
  spotty.loss_runs.count = 10;  // one above the last bound
  spotty.loss_runs.sum = 75;
  spotty.hosts = 4;
  spotty.hosts_responding = 3;
  spotty.hosts_silent = 1;
  spotty.modules = {sample_ping()};

  NetworkSnapshot fresh;
  fresh.name = "fresh";
  fresh.hosts = 1;
  ModuleSnapshot web;
  web.module = "web";
  web.prober = "http";
  web.round = std::chrono::minutes(5);
  web.targets = 1;
  web.windows = {no_probes_window(), no_probes_window()};
  ModuleSnapshot secure = web;
  secure.module = "secure";
  HttpFigures http;
  http.phases[static_cast<std::size_t>(HttpPhase::tls)].buckets[8] = 2;
  http.phases[static_cast<std::size_t>(HttpPhase::tls)].count = 2;
  http.phases[static_cast<std::size_t>(HttpPhase::tls)].sum = std::chrono::milliseconds(20);
  http.certificate_expiry = WallTime(std::chrono::seconds(1774958400));
  secure.http = std::make_shared<const HttpFigures>(http);
  fresh.modules = {web, secure};
  fresh.names = 3;
  fresh.unresolved_names = {"gone.example"};

  s.networks = {std::move(spotty), std::move(fresh)};
  s.vantage_events = 4;
  s.references = {{"192.0.2.1", true}, {"198.51.100.1", false}};
  ExtraProbes adaptive;
  adaptive.network = "star-jv";
  adaptive.module = "ping";
  adaptive.purpose = Purpose::adaptive;
  adaptive.replies = 10;
  adaptive.failures = 2;
  adaptive.voids = 1;
  ExtraProbes reference;
  reference.purpose = Purpose::reference;
  reference.replies = 40;
  s.extra = {adaptive, reference};
  s.targets = 5;
  s.resolve_failures = 17;
  s.stray = 11;
  s.forged = 12;
  s.receive_drops = 13;
  s.clock_steps = 14;
  s.unstamped = 15;
  s.rtt_below_zero = 16;
  s.suspended = std::chrono::milliseconds(19500);
  s.lag.buckets = {90, 5, 0, 0, 0, 0, 1};
  s.lag.count = 97;
  s.lag.sum = std::chrono::milliseconds(1250);
  s.ready = true;
  s.sending = true;
  return s;
}

inline SnapshotPtr shared_sample() { return std::make_shared<const Snapshot>(sample_snapshot()); }

inline ReloadStatus sample_reload() { return {true, sample_time() - std::chrono::hours(1), ""}; }

inline StorageFigures sample_storage() { return {{{"busy", 3}, {"full", 0}}, sample_time(), 4, 4096}; }

inline WebFigures sample_web() { return {18}; }

inline ProcessStats sample_process() { return {1.5, 4096, 8192, 12, 1024, 1772362800.5}; }

/// `networks` networks with an icmp and a tcp_syn module each and busy numbers.
inline Snapshot large_snapshot(std::size_t networks) {
  Snapshot s = sample_snapshot();
  NetworkSnapshot network = s.networks.front();
  ModuleSnapshot syn = network.modules.front();
  syn.module = "syn80";
  syn.prober = "tcp_syn";
  network.modules.push_back(syn);
  s.networks.clear();
  for (std::size_t i = 0; i < networks; ++i) {
    network.name = "network-" + std::to_string(i);
    for (ModuleSnapshot& module : network.modules) module.probes.sent = 1000000 + i;
    s.networks.push_back(network);
  }
  return s;
}

}  // namespace blipd
