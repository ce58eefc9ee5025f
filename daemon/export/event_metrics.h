// The metrics of events and of how losses lie, of each network.
#pragma once

#include <string>

#include "daemon/store/snapshot.h"

namespace blipd {

/// Appends the families. Every class is there from the start; what concerns our own vantage has no network label.
void append_event_metrics(const Snapshot& snapshot, std::string& out);

}  // namespace blipd
