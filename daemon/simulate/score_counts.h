// The parts of the score, each filled from the same cases. Only score.cc puts them together.
#pragma once

#include "daemon/simulate/score.h"
#include "daemon/simulate/score_cases.h"

namespace blipd {

/// Recall, precision and F1 by incident and by time, by kind and by duration; delays; errors of the boundaries.
void count_found(const ScoreInput& input, const Cases& cases, Score& out);
/// Confusion, F1 per class, patterns.
void count_classes(const Cases& cases, Score& out);
/// False alarms, fragments, merges, alerts of flapping episodes, leaks of the vantage, partial loss called total.
void count_alarms(const ScoreInput& input, const Cases& cases, Score& out);

/// The Brier score of what the events say of each network's being up.
void count_brier(const ScoreInput& input, const Cases& cases, Score& out);

/// Network-months (30 days) of `time`.
double months_of(Duration time);

}  // namespace blipd
