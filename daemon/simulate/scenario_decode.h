// Values with places -> Scenario. Used by daemon/simulate/scenario.cc only.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/simulate/scenario.h"
#include "probes/option_reader.h"

namespace blipd {

/// The whole file. The result is a scenario only if no problem was reported.
Scenario decode_scenario(const OptionValue& root, std::vector<Problem>& problems);

/// A list of incidents at `key`. `of_vantage`: of our own side, which knows one kind of incident only.
std::vector<IncidentSpec> decode_incidents(OptionReader& reader, std::string_view key, bool of_vantage,
                                           std::vector<Problem>& problems);

/// What no single network can show: sizes, names and addresses that clash. Everything else has been found right.
void check_scenario(const Scenario& scenario, OptionReader& reader);

/// `{every, burst, others}` from the mapping that `reader` reads.
RateLimitSpec decode_rate_limit(OptionReader& reader);
/// `{share, mean_bad, loss_bad, loss_good}` likewise.
BurstsSpec decode_bursts(OptionReader& reader);

/// The longest duration a scenario may name.
inline constexpr Duration kLongestScenario = std::chrono::hours(24 * 1000);

}  // namespace blipd
