// The truth of a world as a JSON document.
#pragma once

#include <ostream>
#include <string_view>

#include "daemon/simulate/world.h"

namespace blipd {

/// Writes what was played (scenario, seed, vantage, start and length), every incident, and, if packets were counted,
/// one row per network and stretch of time: number of the stretch, packets asked, and packets by what became of them,
/// in the order of `columns`. Times are seconds since the scenario's start. docs/scenarios.md describes the document.
/// `more`: further members of the object, as JSON text without braces; may be empty.
void write_truth(std::ostream& out, const World& world, std::string_view more = {});

}  // namespace blipd
