// The verb `check`: what a configuration would make blipd do, without doing it.
#pragma once

#include "daemon/service/command_line.h"

namespace blipd {

/// Prints the plan on stdout, or what is wrong with the configuration on stderr. Returns the exit code. Needs no
/// privileges and touches no network.
int run_check(const CommandOptions& options);

}  // namespace blipd
