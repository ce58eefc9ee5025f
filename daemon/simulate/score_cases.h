// Incidents and events side by side: who reports whom, and what that makes of each. The score only counts what is here.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "daemon/simulate/score.h"
#include "daemon/simulate/score_spans.h"

namespace blipd {

struct IncidentCase {
  const TrueIncident* truth = nullptr;
  Expectation expectation;
  Span span;           ///< within the run
  bool ended = false;  ///< before the run did
  bool hidden = false;
  std::optional<std::size_t> event;  ///< the one that reports it
  bool right = false;                ///< and says what it is
};

struct EventCase {
  const Event* event = nullptr;
  Span span;  ///< within the run; an open event lasts to its end
  std::optional<std::size_t> incident;
  bool neutral = false;      ///< rightly reports what need not be reported
  bool false_alarm = false;  ///< nothing of its network that happened accounts for it
};

/// Indices of what belongs to one network, or to the vantage.
struct CaseGroup {
  std::vector<std::size_t> incidents;
  std::vector<std::size_t> events;
};

struct Cases {
  std::vector<IncidentCase> incidents;
  std::vector<EventCase> events;
  std::map<std::string, CaseGroup> groups;  ///< by network; empty name: the vantage
};

/// `input` must outlive the result.
Cases make_cases(const ScoreInput& input);

/// Total loss, by the row an incident has in the confusion table.
bool is_dark(ScoreClass c);
/// Partial loss.
bool is_lossy(ScoreClass c);

}  // namespace blipd
