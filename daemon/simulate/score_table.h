// What a detector should say of each kind of incident: the one place where the scenarios' kinds meet the event classes,
// patterns and causes that blipd uses. docs/benchmark.md shows the same table for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "daemon/simulate/truth.h"
#include "daemon/store/event.h"

namespace blipd {

/// The classes of the confusion table. `spotty` is spotty loss without a pattern: no incident asks for it. `none` is
/// the class of incidents for which silence is right, and of an incident nobody reported.
enum class ScoreClass : std::uint8_t {
  blip,
  random_loss,
  bursty_loss,
  flapping,
  outage,
  vantage,
  congestion,
  none,
  spotty
};
inline constexpr std::size_t kScoreClasses = 9;
std::string_view to_string(ScoreClass c);

/// The column of an event, whatever is true.
ScoreClass class_of(const Event& event);

/// From which loss and length on an incident is what it is; the words of `detection:` in the configuration.
struct ScoreBorders {
  double spotty = 0.05;                     ///< common loss below it need not be reported
  double down = 0.95;                       ///< loss from it on is total
  Duration blip = std::chrono::minutes(2);  ///< total loss shorter than it is a blip
};

/// `required`: not to report it is a miss. `allowed`: neither a miss, nor a false alarm if what is said is right.
/// `unwanted`: whatever is said because of it is a false alarm.
enum class Wanted : std::uint8_t { required, allowed, unwanted };

/// What may be said of one incident.
struct Expectation {
  Wanted wanted = Wanted::required;
  ScoreClass right = ScoreClass::none;  ///< the row of the confusion table
  std::vector<ScoreClass> accepted;     ///< columns that are right as well as `right`
  bool only_filter = false;             ///< right only with `EventCause::filter`
};

Expectation expected(const TrueIncident& incident, const ScoreBorders& borders);
/// Whether the event says the right thing of the incident.
bool accepts(const Expectation& expectation, const Event& event);

/// The least number of silent hosts out of `hosts` that chance (0.01 for each host) explains with less than 1e-4. More
/// than `hosts` if no number does.
std::uint64_t unlikely_silent_hosts(std::uint64_t hosts);

}  // namespace blipd
