// B5: an exponentially weighted moving average of the loss, watched by an RMON alarm.
//
// Published: the alarm with hysteresis of RMON (RFC 2819, alarmTable): it rises when the value reaches the rising
// threshold, and not again before the value has come down to the falling one.
//
// Chosen: everything else. All hosts in turn, each every 10.3 s, which with four hosts in a /24 is the most that may be
// asked of it; an average over about 64 probes; spotty between 20 % and 10 %, and, by a second pair, an outage between
// 90 % and 50 %. What is spotty and gets worse is called an outage from then on and stays one event. Boundaries: the
// first loss since the average was last below its falling threshold, and the last loss before it fell below it again.
#pragma once

#include <chrono>

#include "tests/bench/detection/baseline.h"

namespace blipd::bench {

struct EwmaSettings {
  Duration interval = std::chrono::milliseconds(10300);
  Duration timeout = std::chrono::seconds(3);
  double weight = 1.0 / 64;
  double rising = 0.2;
  double falling = 0.1;
  double dark_rising = 0.9;
  double dark_falling = 0.5;
};

/// RFC 2819's alarm: what was crossed last.
class RmonAlarm {
 public:
  RmonAlarm(double rising, double falling) : rising_(rising), falling_(falling) {}
  bool update(double value);

 private:
  double rising_;
  double falling_;
  bool raised_ = false;
};

class Ewma final : public Baseline {
 public:
  explicit Ewma(EwmaSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "B5 EWMA"; }
  std::vector<Event> watch(Asked& asked, const AskedNetwork& network, const Run& run) const override;

 private:
  EwmaSettings settings_;
};

}  // namespace blipd::bench
