// The verb `events`: the event log of a running daemon, or in the file of a stopped one.
#pragma once

#include "daemon/service/command_line.h"

namespace blipd {

/// Prints a table, or JSON as /api/v1/events gives it. Returns the exit code; why there is nothing to print has been
/// said on stderr in one line.
int run_events(const CommandOptions& options);

}  // namespace blipd
