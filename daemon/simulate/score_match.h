// Which event reports which incident.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "daemon/simulate/score_spans.h"

namespace blipd {

/// How far an onset may be off, at least.
inline constexpr Duration kOnsetSlack = std::chrono::seconds(30);

/// An event may report an incident if the two share time, or if their onsets lie no further apart than `kOnsetSlack` or
/// a tenth of the incident's length, whichever is more.
bool may_report(const Span& incident, const Span& event);

/// The one-to-one pairs (incident, event) with the greatest sum of intersection over union; among equals those with
/// more pairs, then those with the nearer onsets. Optimal, not greedy: the Hungarian method (H. W. Kuhn, "The Hungarian
/// Method for the Assignment Problem", 1955) over each group of incidents and events that hang together.
std::vector<std::pair<std::size_t, std::size_t>> match(std::span<const Span> incidents, std::span<const Span> events);

}  // namespace blipd
