// What the service manager is told of the daemon's life, in the order it expects.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace blipd {

/// READY=1 is announced once, and a reload is announced only after it: a reload during the start must not make the
/// daemon look ready. RELOADING=1 carries MONOTONIC_USEC, which Type=notify-reload needs and Type=notify ignores. One
/// thread.
class ServiceStatus {
 public:
  /// `send` hands one message to the service manager (daemon/service/sd_notify.h).
  explicit ServiceStatus(std::function<void(const std::string&)> send) : send_(std::move(send)) {}

  /// The sentence that `systemctl status` shows. Line ends become "; ".
  void tell(std::string status);
  void ready();
  bool is_ready() const { return ready_; }
  /// `monotonic_microseconds`: CLOCK_MONOTONIC now.
  void reloading(std::int64_t monotonic_microseconds);
  /// Ends `reloading`, whether the reload went well or not.
  void reloaded(std::string status);
  void watchdog();
  void stopping();

 private:
  std::function<void(const std::string&)> send_;
  std::string status_;
  bool ready_ = false;
};

}  // namespace blipd
