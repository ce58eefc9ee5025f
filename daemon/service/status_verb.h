// The verb `status`: what a running daemon sees of its networks.
#pragma once

#include "daemon/service/command_line.h"

namespace blipd {

/// Prints a table, or the daemon's JSON as it is. Returns the exit code; why there is nothing to print has been said on
/// stderr in one line.
int run_status(const CommandOptions& options);

}  // namespace blipd
