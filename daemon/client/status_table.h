// The networks of a daemon, for people.
#pragma once

#include <string>
#include <string_view>

#include "probes/result.h"

namespace blipd {

/// The table of a body of /api/v1/networks: worst networks first, each with its modules below. The error says that it
/// is none.
Result<std::string> status_table(std::string_view json);

}  // namespace blipd
