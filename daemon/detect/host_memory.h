// What detection remembers of one host: its round-trip times, the loss that is its own, and its failures in a row.
#pragma once

#include <cstdint>

#include "daemon/store/target.h"
#include "probes/clock.h"

namespace blipd {

/// Loss that a host is taken to have by itself before anything is known of it.
inline constexpr double kUsualLoss = 0.01;

/// How long to wait for an answer before acting as if there were none: smoothed time and four times its variation (RFC
/// 6298), at least 1 s; 3 s of a host that is not known yet.
Duration soft_deadline(const TargetState& host);

/// The share of probes this host loses by itself, between 0.005 and 0.5.
double own_loss(const TargetState& host);
/// It loses so little by itself that a failure says something of its network.
inline bool is_good(const TargetState& host) { return own_loss(host) <= 0.05; }

/// Learns from a final outcome. Only what is the host's own may be told: outcomes of quiet times, failures that no
/// neighbour shares. `memory`: outcomes over which it averages, about a day's worth.
void learn_loss(TargetState& host, bool reply, std::uint32_t memory);

/// A round-trip time was measured. With `quiet` it counts towards the usual one as well.
void learn_round_trip(TargetState& host, Duration round_trip, bool quiet);

/// How much longer than usual an answer took; below zero if shorter; zero while the usual time is not known.
Duration delay_beyond_usual(const TargetState& host, Duration round_trip);
/// Whether that is more than jitter: over 20 ms, and over a quarter of the usual time.
bool is_delayed(const TargetState& host, Duration round_trip);

}  // namespace blipd
