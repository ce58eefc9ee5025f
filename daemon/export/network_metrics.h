// The series per network and module: thousands, so they are written by TextFormat and not through the metrics library.
#pragma once

#include <string>

#include "daemon/store/snapshot.h"

namespace blipd {

/// Appends every family that has series per network.
void append_network_metrics(const Snapshot& snapshot, std::string& out);

}  // namespace blipd
