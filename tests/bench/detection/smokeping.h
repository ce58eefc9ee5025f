// B4: SmokePing with an alert on loss.
//
// Published: 20 pings every 300 s, 1.5 s apart with a timeout of 1.5 s (the FPing probe's documented settings), at an
// offset drawn for each target; an alert on a pattern of the loss of the last steps: here more than 20 % twice running.
//
// Chosen: a network is one target and its pings go round its hosts, so that no single host speaks for all. The alert
// has no class: it is called an outage if all was lost in both steps, otherwise spotty, without a pattern; a later step
// may turn spotty into an outage, not back. It is over with the first step of 20 % or less.
#pragma once

#include <chrono>

#include "tests/bench/detection/baseline.h"

namespace blipd::bench {

struct SmokePingSettings {
  Duration step = std::chrono::seconds(300);
  unsigned pings = 20;
  Duration spacing = std::chrono::milliseconds(1500);
  Duration timeout = std::chrono::milliseconds(1500);
  double loss = 0.2;
  unsigned steps = 2;
};

class SmokePing final : public Baseline {
 public:
  explicit SmokePing(SmokePingSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "B4 SmokePing"; }
  std::vector<Event> watch(Asked& asked, const AskedNetwork& network, const Run& run) const override;

 private:
  SmokePingSettings settings_;
};

}  // namespace blipd::bench
