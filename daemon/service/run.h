// The verb `run`: the daemon from its start to its end.
//
// Threads: the caller's becomes the control thread (signals, reload, service manager, log), next to the probing thread,
// the web server's and the reload thread. Values cross between them as immutable snapshots and posted tasks only.
#pragma once

#include "daemon/service/command_line.h"

namespace blipd {

/// Runs until SIGTERM or SIGINT, also while it still starts, and then stops within two seconds; a second such signal
/// exits at once with kExitFailed. SIGHUP reloads. Returns the exit code; what prevents a start has been said on
/// stderr.
int run_daemon(const CommandOptions& options);

}  // namespace blipd
