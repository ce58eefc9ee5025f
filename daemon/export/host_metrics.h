// The metrics of single hosts, for the networks whose configuration asks for them.
#pragma once

#include <string>

#include "daemon/store/snapshot.h"

namespace blipd {

/// Appends the families; the HELP and TYPE lines are there even without any host.
void append_host_metrics(const Snapshot& snapshot, std::string& out);

}  // namespace blipd
