#include "daemon/simulate/score_table.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

namespace blipd {
namespace {

constexpr std::array<std::string_view, kScoreClasses> kClassNames{
    "blip", "random", "bursty", "flapping", "outage", "vantage", "congestion", "none", "spotty"};

constexpr double kSilentByChance = 0.01;
constexpr double kUnlikely = 1e-4;
/// How far, in shares of the blip's length, total loss may be from it and still have either name.
constexpr double kBlipSlack = 0.1;

/// Total loss of this length: near the border both names are right.
Expectation dark(Duration length, Duration blip) {
  Expectation e;
  const double share = to_seconds(length) / to_seconds(blip);
  e.right = share < 1 ? ScoreClass::blip : ScoreClass::outage;
  e.accepted.push_back(e.right);
  if (share >= 1 - kBlipSlack && share < 1 + kBlipSlack) {
    e.accepted.push_back(e.right == ScoreClass::blip ? ScoreClass::outage : ScoreClass::blip);
  }
  return e;
}

/// Loss common to all hosts that lets some through, unless it is as good as total or too little to matter.
Expectation lossy(const TrueIncident& incident, ScoreClass right, const ScoreBorders& borders) {
  if (incident.loss >= borders.down) {
    Expectation e = dark(incident.end - incident.start, borders.blip);
    e.accepted.push_back(right);
    return e;
  }
  Expectation e;
  e.wanted = incident.loss < borders.spotty ? Wanted::allowed : Wanted::required;
  e.right = right;
  e.accepted = {right};
  return e;
}

/// Trouble of some hosts: more silent ones than chance explains may be called spotty, fewer may not.
Expectation of_hosts(const TrueIncident& incident) {
  Expectation e;
  const bool many = incident.affected > 0 && incident.affected >= unlikely_silent_hosts(incident.hosts);
  e.wanted = many ? Wanted::allowed : Wanted::unwanted;
  if (many) {
    e.accepted = {ScoreClass::spotty, ScoreClass::random_loss, ScoreClass::bursty_loss};
  }
  return e;
}

}  // namespace

std::string_view to_string(ScoreClass c) { return kClassNames[static_cast<std::size_t>(c)]; }

ScoreClass class_of(const Event& event) {
  switch (event.event_class) {
    case EventClass::blip:
      return ScoreClass::blip;
    case EventClass::outage:
      return ScoreClass::outage;
    case EventClass::flapping:
      return ScoreClass::flapping;
    case EventClass::vantage:
      return ScoreClass::vantage;
    case EventClass::spotty:
      break;
  }
  if (event.cause == EventCause::congestion) {
    return ScoreClass::congestion;
  }
  switch (event.pattern) {
    case LossPattern::random:
      return ScoreClass::random_loss;
    case LossPattern::bursty:
      return ScoreClass::bursty_loss;
    case LossPattern::unknown:
      break;
  }
  return ScoreClass::spotty;
}

Expectation expected(const TrueIncident& incident, const ScoreBorders& borders) {
  if (!incident.seen) {
    return {.wanted = Wanted::unwanted, .right = ScoreClass::none, .accepted = {}, .only_filter = false};
  }
  switch (incident.kind) {
    case IncidentKind::blip:
    case IncidentKind::outage:
      return dark(incident.end - incident.start, borders.blip);
    case IncidentKind::random_loss:
      return lossy(incident, ScoreClass::random_loss, borders);
    case IncidentKind::bursty_loss:
      return lossy(incident, ScoreClass::bursty_loss, borders);
    case IncidentKind::congestion:
      return lossy(incident, ScoreClass::congestion, borders);
    case IncidentKind::partial: {
      Expectation e = lossy(incident, ScoreClass::random_loss, borders);
      if (incident.loss < borders.down) {
        e.accepted = {ScoreClass::random_loss, ScoreClass::bursty_loss, ScoreClass::spotty};
      }
      return e;
    }
    case IncidentKind::flapping:
      return {.wanted = Wanted::required,
              .right = ScoreClass::flapping,
              .accepted = {ScoreClass::flapping},
              .only_filter = false};
    case IncidentKind::vantage:
      return {.wanted = Wanted::required,
              .right = ScoreClass::vantage,
              .accepted = {ScoreClass::vantage},
              .only_filter = false};
    case IncidentKind::filter:
      return {.wanted = Wanted::allowed,
              .right = ScoreClass::none,
              .accepted = {ScoreClass::spotty, ScoreClass::random_loss, ScoreClass::bursty_loss, ScoreClass::outage,
                           ScoreClass::blip},
              .only_filter = true};
    case IncidentKind::renumbering:
    case IncidentKind::host_fault:
      return of_hosts(incident);
    case IncidentKind::rate_limited:
      break;
  }
  return {.wanted = Wanted::unwanted, .right = ScoreClass::none, .accepted = {}, .only_filter = false};
}

bool accepts(const Expectation& expectation, const Event& event) {
  if (expectation.only_filter && event.cause != EventCause::filter) {
    return false;
  }
  return std::ranges::find(expectation.accepted, class_of(event)) != expectation.accepted.end();
}

std::uint64_t unlikely_silent_hosts(std::uint64_t hosts) {
  const auto n = static_cast<double>(hosts);
  double tail = 0;
  for (std::uint64_t k = hosts; k > 0; --k) {
    const auto x = static_cast<double>(k);
    tail += std::exp(std::lgamma(n + 1) - std::lgamma(x + 1) - std::lgamma(n - x + 1) + x * std::log(kSilentByChance) +
                     (n - x) * std::log1p(-kSilentByChance));
    if (tail >= kUnlikely) {
      return k + 1;
    }
  }
  return 1;
}

}  // namespace blipd
