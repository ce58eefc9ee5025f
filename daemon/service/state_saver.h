// Has what the engine knows written while it runs: windows every ten seconds, the hosts of each network within ten
// minutes, one network after the other, and all of it once more at the end.
//
// The probing thread copies a bounded piece between two of its steps and hands it over; the next piece is asked for
// when that has been encoded here. So a million hosts hold up neither thread.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/engine/engine.h"
#include "daemon/events/logged_event.h"
#include "daemon/storage/saved_host_windows.h"
#include "daemon/storage/saved_hosts.h"
#include "daemon/storage/state_tables.h"

namespace blipd {

/// Control thread only.
class StateSaver {
 public:
  /// With a tick a second, ten seconds pass from one set of windows to the next at most.
  static constexpr Duration kWindowsPause = std::chrono::seconds(9);
  /// Every network once in so long.
  static constexpr Duration kHostsPause = std::chrono::minutes(9);
  /// Copied at once: some 50 us of the probing thread.
  static constexpr std::size_t kModulesInPiece = 64;
  static constexpr std::size_t kHostsInPiece = 1024;

  struct Ports {
    /// How many probing threads there are.
    std::function<std::size_t()> threads;
    // Run a question on a probing thread, between two steps: on that of this number, and on that of this network.
    std::function<void(std::size_t thread, std::function<void(const Engine& engine)>)> ask_thread;
    std::function<void(const std::string& network, std::function<void(const Engine& engine)>)> ask_network;
    /// Runs a task on the control thread. Any thread.
    std::function<void(std::function<void()>)> post;
    std::function<WallAnchor()> clock;
    // What is to be written.
    std::function<void(WindowsBatch)> put_windows;
    std::function<void(StateRow)> put_hosts;
  };

  explicit StateSaver(Ports ports) : ports_(std::move(ports)) {}

  /// About once a second. `watched_until`: of the newest snapshot.
  void tick(const Config& config, WallTime watched_until);
  /// The probing threads have ended: everything at once, the hosts that were written longest ago first and until
  /// `is_late`.
  void save_all(const std::vector<const Engine*>& engines, const Config& config, WallTime watched_until,
                const std::function<bool()>& is_late);

 private:
  void ask_windows(std::size_t thread, std::uint32_t from);
  void take(std::size_t thread, const WindowsPiece& piece);
  void begin_next_network();
  void ask_hosts(const HostsPosition& from);
  void take(const HostsPiece& piece);
  void begin_hosts(const std::string& network);
  void add(const HostsPiece& piece);
  void put_hosts();

  const Ports ports_;

  // Windows.
  bool walking_windows_ = false;
  Instant windows_begun_ = Instant::min();
  WindowsBatch batch_;

  // Hosts.
  std::vector<std::string> networks_;
  std::size_t next_network_ = 0;
  double networks_due_ = 0;
  Instant paced_ = Instant::min();
  bool walking_hosts_ = false;
  std::string network_;
  std::string module_;
  HostsEncoder encoder_;
  HostWindowsEncoder windows_encoder_;
};

}  // namespace blipd
