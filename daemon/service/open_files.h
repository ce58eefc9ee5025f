// How many open files (descriptors) the daemon may need at once, and how many it is allowed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "daemon/config/config.h"
#include "daemon/schedule/plan.h"

namespace blipd {

/// With every reader of the web server there, and no connection answered before its timeout. `plan` was made from
/// `config`. Pure.
std::size_t open_files_needed(const Config& config, const Plan& plan);

/// What is to be known where that is more than the limit; nullopt where it is not. Pure.
std::optional<std::string> too_few_open_files(std::size_t needed, std::size_t limit);

/// The limit that holds for this process, and that a daemon started here would have: the hard one.
std::size_t open_file_limit();
/// Up to the hard limit: no descriptor of ours is given to select(2), for which the soft one is kept low.
void raise_open_file_limit();

}  // namespace blipd
