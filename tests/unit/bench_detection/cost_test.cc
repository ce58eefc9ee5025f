#include "tests/bench/detection/cost.h"

#include <cmath>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace blipd::bench;

TEST_CASE("a size is read from the kernel's words") {
  const std::string_view status = "Name:\tVmRSS:\nVmHWM:\t    1234 kB\nVmRSS:\t 12 kB\nRssAnon:\t";
  CHECK(size_in_status(status, "VmHWM") == 1234.0 * 1024);
  CHECK(size_in_status(status, "VmRSS") == 12.0 * 1024);
  CHECK(std::isnan(size_in_status(status, "RSS")));
  CHECK(std::isnan(size_in_status(status, "VmPeak")));
  CHECK(std::isnan(size_in_status(status, "RssAnon")));
}

TEST_CASE("the processor's time grows with work") {
  const CostMeter meter;
  // A clock of the processor, not of the wall: however busy the machine, it ends.
  double x = 1;
  while (meter.cpu_seconds() < 0.02) {
    x = std::sqrt(x + 1);
  }
  CHECK(x > 1);
  const Cost cost = meter.cost(0.5, 1);
  CHECK(cost.cpu_seconds_per_network_month >= 0.04);
  CHECK(std::isnan(meter.cost(0, 1).cpu_seconds_per_network_month));
}

TEST_CASE("the peak holds what is free again, and nothing from before") {
  constexpr std::size_t kSize = std::size_t{64} << 20;
  constexpr double kMost = 0.75 * static_cast<double>(kSize);
  const CostMeter meter;
  {
    std::vector<char> used(kSize);
    // Volatile, or memory that nobody reads is never asked for.
    for (std::size_t i = 0; i < kSize; i += 4096) *static_cast<volatile char*>(&used[i]) = 'x';
  }
  const double peak = meter.peak_bytes();
  // Not every kernel lets a process reset its peak.
  if (std::isnan(peak)) {
    CHECK(std::isnan(meter.cost(1, 1).peak_bytes_per_host));
    return;
  }
  CHECK(peak >= kMost);
  CHECK(meter.cost(1, 64).peak_bytes_per_host >= kMost / 64);
  CHECK(CostMeter().peak_bytes() < kMost);
}
