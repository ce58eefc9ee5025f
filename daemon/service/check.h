// What `blipd check` prints: what would be probed, how often, and what the operator should know before it starts.
#pragma once

#include <string>

#include "daemon/config/config.h"
#include "daemon/schedule/plan.h"

namespace blipd {

/// A table with one row for each network and module, totals, and warnings; at most 100 columns, lines end with '\n'.
/// Pure. `plan` was made from `config`.
std::string render_check(const Config& config, const Plan& plan);

}  // namespace blipd
