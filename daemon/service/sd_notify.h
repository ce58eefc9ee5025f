// Messages to the service manager: the datagram protocol of sd_notify(3), which is stable and needs no libsystemd.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "daemon/service/descriptor.h"
#include "probes/clock.h"

namespace blipd {

/// Reads one environment variable; null if it is not set.
using ReadEnvironment = std::function<const char*(const char* name)>;

/// Sends datagrams to the socket named by NOTIFY_SOCKET. Without one, or when the manager does not take a message, the
/// message is lost and nothing else happens: a daemon does not depend on being watched. Any thread.
class ServiceManagerSocket {
 public:
  /// `address` is a path, or an abstract name that begins with '@'; empty: none. Others are refused as none.
  explicit ServiceManagerSocket(std::string_view address);

  /// `state` is newline-separated NAME=VALUE text, such as "READY=1". True if the manager took it. Never blocks.
  bool send(std::string_view state) const;

 private:
  std::string address_;  // as sockaddr_un wants it: an abstract name begins with a zero byte
  Descriptor socket_;
};

/// WATCHDOG_USEC if it is meant for this process (WATCHDOG_PID); zero if there is no watchdog.
Duration watchdog_timeout(const ReadEnvironment& environment, std::int64_t own_pid);

}  // namespace blipd
