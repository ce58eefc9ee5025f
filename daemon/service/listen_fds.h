// Listening sockets that whoever started the daemon has opened for it: the protocol of sd_listen_fds(3).
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "daemon/service/sd_notify.h"
#include "probes/result.h"

namespace blipd {

/// The first inherited descriptor, fixed by the protocol.
inline constexpr int kFirstInherited = 3;

/// How many descriptors, from kFirstInherited on, LISTEN_FDS promises to the process `own_pid`; 0 if LISTEN_PID names
/// another process or nothing was passed. At most 256.
Result<int> count_listen_fds(const ReadEnvironment& environment, std::int64_t own_pid);

/// The inherited descriptors. Each must be a listening stream socket; all are set close-on-exec, and the environment
/// forgets them. Call once, before any thread is started; the caller owns the descriptors.
Result<std::vector<int>> take_listen_fds();

}  // namespace blipd
