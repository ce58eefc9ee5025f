// The score for people and for programs.
#pragma once

#include <string>
#include <string_view>

#include "daemon/simulate/score.h"

namespace blipd {

/// Tables of fixed width, 100 columns at most, lines ended by a newline. `title` names what was scored. A run over one
/// of its caps opens with a line that says in capitals that it is void. "-": cannot be said for want of cases; "never":
/// not reported at all.
std::string score_text(const Score& score, std::string_view title);

/// One JSON object, two spaces of indentation, the same figures in base units. What is never, or cannot be said, is
/// null.
std::string score_json(const Score& score, std::string_view title);

}  // namespace blipd
