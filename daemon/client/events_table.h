// Events for people.
#pragma once

#include <string>
#include <string_view>

#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

/// The table of a body of /api/v1/events. The error says that it is none.
Result<std::string> events_table(std::string_view json);

}  // namespace blipd
