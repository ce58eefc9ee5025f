// B2: the rule by which IODA alerts on active probing (Georgia Tech's IODA; configuration of CAIDA's
// watchtower-sentry).
//
// Published: the number of /24 that Trinocular's inference (rounds of 600 s in 60 slices, timeout 3 s) finds up, in
// bins of 600 s; an alert if it is below 0.8 of the median of the last seven days; no verdict in the first hour, nor
// where fewer than 20 are expected; bins below 0.8 of the median or above twice of it enter the history as the median.
//
// Chosen: a network is the aggregate, so the number of its /24 counts however small it is (with the published floor of
// 20 no network of the scenarios would ever be judged). Every alert is an outage, whatever its level. An outage begins
// and ends with a bin, as there, and is told when the bin has ended and its last probe has timed out.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>

#include "tests/bench/detection/baseline.h"
#include "tests/bench/detection/trinocular.h"

namespace blipd::bench {

struct IodaSettings {
  Duration bin = std::chrono::seconds(600);
  Duration history = std::chrono::hours(24 * 7);
  Duration warm_up = std::chrono::hours(1);
  double alert = 0.8;
  double too_much = 2.0;
  double least_expected = 1;
  TrinocularSettings probing{.round = std::chrono::seconds(600)};
};

/// The rule by itself: a bin's value in, whether it alerts out.
class IodaRule {
 public:
  explicit IodaRule(const IodaSettings& settings);
  bool alerts(double value);
  /// The median of the history; none yet: 0.
  double expected() const;

 private:
  IodaSettings settings_;
  std::size_t keep_;  ///< bins
  std::size_t warm_up_;
  std::deque<double> history_;
};

class Ioda final : public Baseline {
 public:
  explicit Ioda(IodaSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "B2 IODA"; }
  std::vector<Event> watch(Asked& asked, const AskedNetwork& network, const Run& run) const override;

 private:
  IodaSettings settings_;
};

}  // namespace blipd::bench
