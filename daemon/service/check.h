// What `blipd check` prints: what would be probed, how often, and what the operator should know before it starts.
#pragma once

#include <cstddef>
#include <string>

#include "daemon/config/config.h"
#include "daemon/schedule/plan.h"

namespace blipd {

/// A table with one row for each network and module, totals, and warnings; at most 100 columns, lines end with '\n'.
/// Pure. `plan` was made from `config`; so many files may be open at once.
std::string render_check(const Config& config, const Plan& plan, std::size_t open_files);

}  // namespace blipd
