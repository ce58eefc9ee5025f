// Numbers that the metrics, the API and the page all take from a module's snapshot in the same way.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "daemon/store/snapshot.h"

namespace blipd {

inline constexpr std::array<State, kStates> kAllStates{State::up, State::spotty, State::flapping, State::down,
                                                       State::unknown};

/// Whether `reason` is shown for the module: the four reasons of packets always, those of HTTP where the prober is
/// `http`, and any that has been counted, so that sent = replies + failures + void + in flight holds for a reader.
bool shows_reason(const ModuleSnapshot& module, FailureReason reason);

/// The `q`-quantile in seconds, linear within its bucket as PromQL's histogram_quantile; the last bound if it lies
/// above that. nullopt without round-trip times. 0 <= q <= 1.
std::optional<double> rtt_quantile(const RttHistogram& rtt, double q);

}  // namespace blipd
