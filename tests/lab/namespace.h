// A network namespace of the lab's own.
#pragma once

#include "probes/result.h"

namespace blipd::lab {

/// Moves this process into a new network namespace; where that needs more rights, into a new user namespace as its root
/// as well. The process has one thread. Children inherit both.
Result<void> enter_private_namespace();

}  // namespace blipd::lab
