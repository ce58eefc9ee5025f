// B3: three losses in a row, as monitoring tools do.
//
// Published: a check fails when a host does not answer; after three failures in a row the host is down (Nagios'
// max_check_attempts as commonly set; also the failure of N. Feamster et al., "Measuring the Effects of Internet Path
// Faults on Reactive Routing", SIGMETRICS 2003); a host that answers once is up.
//
// Chosen: one check a minute and host; the network is down while all of its hosts are, and up as soon as one answers;
// boundaries are taken from the first loss and the first reply, though most tools only know when they noticed.
#pragma once

#include <chrono>

#include "tests/bench/detection/baseline.h"

namespace blipd::bench {

struct ThreeLossesSettings {
  Duration interval = std::chrono::seconds(60);
  Duration timeout = std::chrono::seconds(3);
  unsigned losses = 3;
};

class ThreeLosses final : public Baseline {
 public:
  explicit ThreeLosses(ThreeLossesSettings settings = {}) : settings_(settings) {}
  std::string_view name() const override { return "B3 three losses"; }
  std::vector<Event> watch(Asked& asked, const AskedNetwork& network, const Run& run) const override;

 private:
  ThreeLossesSettings settings_;
};

}  // namespace blipd::bench
