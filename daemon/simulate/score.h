// How well a detector did: its events against the incidents that really were (docs/benchmark.md explains each figure).
// Pure. What is "never" is infinite and what cannot be said for want of cases is NaN.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "daemon/simulate/score_spans.h"
#include "daemon/simulate/score_stats.h"
#include "daemon/simulate/score_table.h"
#include "daemon/simulate/truth.h"
#include "daemon/store/event.h"
#include "probes/clock.h"

namespace blipd {

/// What was sent, of every purpose.
struct Traffic {
  std::uint64_t probes = 0;
  double busiest_network_per_hour = 0;   ///< mean over the run of the network asked most
  double busiest_prefix_per_second = 0;  ///< mean over the run of the /24 (IPv6: /48) asked most
};

/// What it was allowed to send; 0: no such cap.
struct TrafficCaps {
  double network_per_hour = 0;
  double prefix_per_second = 0;
};

/// One window's success ratio and its interval as told, and the true one.
struct RatioSample {
  double told = 0;
  double lower = 0;
  double upper = 1;
  double truth = 0;
};

struct ScoreInput {
  Instant begin{};  ///< the instant at which the scenario's time is 0
  Duration length{};
  std::vector<std::string> networks;  ///< every network watched, quiet ones too
  std::vector<TrueIncident> truth;
  std::vector<Event> events;  ///< each once, as it was last told
  ScoreBorders borders;
  Traffic traffic;
  TrafficCaps caps;
  std::vector<RatioSample> ratios;
  /// Probes sent, and those of them that ended void, while no vantage incident was on (vantage_times).
  std::uint64_t probes_outside_vantage = 0;
  std::uint64_t void_outside_vantage = 0;
};

/// Seconds.
struct Percentiles {
  double p50 = kUnsaid;
  double p95 = kUnsaid;
  double p99 = kUnsaid;
};

/// Told minus true, in seconds.
struct ErrorStats {
  std::size_t count = 0;
  double median = kUnsaid;  ///< signed: above 0 is late, or long
  double median_size = kUnsaid;
  double p95_size = kUnsaid;
  double greatest_size = kUnsaid;
};

struct KindScore {
  IncidentKind kind{};
  std::size_t incidents = 0;
  std::size_t found = 0;
  std::size_t right = 0;  ///< found and called what they are
  Percentiles delay;      ///< from onset to when it was first told; never, if missed
  ErrorStats onset;
  ErrorStats offset;
  ErrorStats duration;
};

/// Incidents at least `from` and less than `to` seconds long.
struct BinScore {
  double from = 0;
  double to = kNever;
  std::size_t incidents = 0;
  std::size_t found = 0;
  std::size_t dark = 0;  ///< total loss only
  std::size_t dark_found = 0;
};

struct ClassScore {
  ScoreClass score_class{};
  std::size_t incidents = 0;
  std::size_t right = 0;
  std::size_t wrong = 0;  ///< events of this class that are no right report of an incident
  double f1 = kUnsaid;
};

/// Occurrences in `months` network-months (30 days of one network) watched.
struct Rate {
  std::uint64_t count = 0;
  double months = 0;
  double per_month = kUnsaid;
  double upper = kUnsaid;  ///< exact one-sided Poisson bound at 95 %
};

struct Score {
  std::vector<std::string> caps_broken;  ///< in words; not empty: the run is void

  std::size_t networks = 0;
  double network_months = 0;
  std::size_t events = 0;  ///< all that were told, the retracted and those of the vantage too
  std::size_t retracted = 0;
  std::size_t open_at_end = 0;
  std::size_t incidents = 0;  ///< that had to be reported
  std::size_t hidden = 0;     ///< that a worse one of the same network, or of the vantage, covered

  std::size_t found = 0;
  double recall = kUnsaid;
  double precision = kUnsaid;
  double f1 = kUnsaid;
  double time_precision = kUnsaid;
  double time_recall = kUnsaid;
  /// Mean over networks and time of (forecast - truth)^2, both 1 while up and 0 while dark; 0 is best. Without the
  /// times of vantage incidents, and of flapping ones, whose falls the truth does not date.
  double brier = kUnsaid;

  std::vector<KindScore> kinds;  ///< those present
  std::vector<BinScore> bins;
  double longest_dark_missed = 0;  ///< seconds; 0: none was
  ErrorStats onset;
  ErrorStats offset;
  ErrorStats duration;
  double onset_within_stated = kUnsaid;  ///< share of onsets no further off than the uncertainty the event states

  /// Rows: what was; columns: what was said. Row `none`: incidents for which silence is right, and false alarms.
  std::array<std::array<std::size_t, kScoreClasses>, kScoreClasses> confusion{};
  std::vector<ClassScore> classes;  ///< those present
  double macro_f1 = kUnsaid;
  std::size_t pattern_right = 0;  ///< random or bursty, of what was reported as spotty loss
  std::size_t pattern_wrong = 0;
  std::size_t pattern_unsaid = 0;

  double fragments_mean = kUnsaid;  ///< events for one reported incident: 1 is best
  std::size_t fragments_most = 0;
  std::size_t merges = 0;  ///< events that cover more than one incident
  Rate false_alarms;       ///< of networks, any class
  Rate false_dark;         ///< those told as total loss
  std::size_t false_vantage = 0;
  std::size_t flapping_episodes = 0;
  double alerts_per_episode = kUnsaid;
  std::size_t alerts_most = 0;
  std::size_t leaks = 0;  ///< network events caused by our own side, standing
  std::size_t leaks_retracted = 0;
  std::size_t dark = 0;           ///< incidents of total loss
  std::size_t dark_reported = 0;  ///< during which an outage, blip or flapping event stood
  std::size_t spotty = 0;         ///< incidents of partial loss
  std::size_t spotty_called_dark = 0;
  Rate dark_alarms_while_spotty;  ///< months: of partial loss

  double void_share = kUnsaid;
  std::size_t ratios = 0;
  double ratio_coverage = kUnsaid;  ///< share of true ratios inside the interval told
  double ratio_error_mean = kUnsaid;
  double ratio_error_p95 = kUnsaid;

  double probes_per_hour = kUnsaid;  ///< per network
  Traffic traffic;
  TrafficCaps caps;
};

Score score(const ScoreInput& input);

/// The times at which a vantage incident is on, and `margin` before and after, within which void probes are expected.
SpanSet vantage_times(const std::vector<TrueIncident>& truth, Duration margin);

}  // namespace blipd
