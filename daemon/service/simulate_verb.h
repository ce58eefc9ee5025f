// The verb `simulate`: a scenario in virtual time, told as a story, with its score; or how it would be probed.
#pragma once

#include "daemon/service/command_line.h"

namespace blipd {

/// Prints to stdout; errors to stderr. Returns the exit code.
int run_simulate(const CommandOptions& options);

}  // namespace blipd
