// What comes out of the benchmark.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/simulate/score.h"
#include "tests/bench/detection/cost.h"

namespace blipd::bench {

/// One contestant's run of one scenario.
struct Scored {
  std::string name;
  Score score;
  Cost cost;
};

/// A line for each run, 100 columns at most, and what the columns are. "-": cannot be said.
std::string summary(const std::vector<Scored>& all);

/// The object of score_json with one more member, `cost`.
std::string run_json(const Scored& run, std::string_view title);

}  // namespace blipd::bench
