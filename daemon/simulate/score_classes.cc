#include <algorithm>
#include <optional>

#include "daemon/simulate/score_counts.h"

namespace blipd {
namespace {

std::size_t index(ScoreClass c) { return static_cast<std::size_t>(c); }

/// A false alarm during an incident that wants silence.
std::optional<std::size_t> disturbance(const Cases& cases, const IncidentCase& incident) {
  for (const std::size_t e : cases.groups.at(incident.truth->network).events) {
    if (cases.events[e].false_alarm && touches(cases.events[e].span, incident.span)) {
      return e;
    }
  }
  return std::nullopt;
}

void count_pattern(const IncidentCase& c, const Event& event, Score& out) {
  if (c.truth->kind != IncidentKind::random_loss && c.truth->kind != IncidentKind::bursty_loss) {
    return;
  }
  if (event.event_class != EventClass::spotty) {
    return;
  }
  const LossPattern truth = c.truth->kind == IncidentKind::random_loss ? LossPattern::random : LossPattern::bursty;
  if (event.pattern == LossPattern::unknown) {
    ++out.pattern_unsaid;
  } else {
    ++(event.pattern == truth ? out.pattern_right : out.pattern_wrong);
  }
}

}  // namespace

void count_classes(const Cases& cases, Score& out) {
  std::array<ClassScore, kScoreClasses> classes;
  std::vector<bool> shown(cases.events.size());
  for (const IncidentCase& c : cases.incidents) {
    const std::size_t row = index(c.expectation.right);
    if (c.expectation.wanted == Wanted::required) {
      const ScoreClass said = c.event ? class_of(*cases.events[*c.event].event) : ScoreClass::none;
      ++classes[row].incidents;
      classes[row].right += c.right ? 1U : 0U;
      classes[index(ScoreClass::none)].wrong += c.event ? 0U : 1U;
      ++out.confusion[row][index(said)];
      if (c.event) {
        count_pattern(c, *cases.events[*c.event].event, out);
      }
    } else if (c.expectation.wanted == Wanted::unwanted) {
      const std::optional<std::size_t> e = disturbance(cases, c);
      ++classes[index(ScoreClass::none)].incidents;
      classes[index(ScoreClass::none)].right += e ? 0U : 1U;
      ++out.confusion[index(ScoreClass::none)][index(e ? class_of(*cases.events[*e].event) : ScoreClass::none)];
      if (e) {
        shown[*e] = true;
      }
    }
  }
  for (std::size_t e = 0; e < cases.events.size(); ++e) {
    const EventCase& c = cases.events[e];
    const std::size_t column = index(class_of(*c.event));
    if (c.false_alarm && !shown[e]) {
      ++out.confusion[index(ScoreClass::none)][column];
    }
    if (!c.neutral && !(c.incident && cases.incidents[*c.incident].right)) {
      ++classes[column].wrong;
    }
  }
  double sum = 0;
  for (std::size_t c = 0; c < kScoreClasses; ++c) {
    ClassScore& s = classes[c];
    if (s.incidents == 0) {
      continue;
    }
    s.score_class = static_cast<ScoreClass>(c);
    const auto right = static_cast<double>(s.right);
    // 2 TP / (2 TP + FP + FN), which has a value even where nothing was said.
    s.f1 = 2 * right / (right + static_cast<double>(s.incidents) + static_cast<double>(s.wrong));
    sum += s.f1;
    out.classes.push_back(s);
  }
  out.macro_f1 = ratio(sum, static_cast<double>(out.classes.size()));
}

}  // namespace blipd
