#include "tests/bench/detection/cost.h"

#include <malloc.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>

namespace blipd::bench {
namespace {

double cpu_now() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double own_size(std::string_view name) {
  std::ifstream file("/proc/self/status");
  const std::string status{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return size_in_status(status, name);
}

/// Makes the peak of the resident memory what is resident now (proc(5), clear_refs).
bool reset_peak() {
  std::ofstream file("/proc/self/clear_refs");
  file << "5" << std::flush;
  return file.good();
}

}  // namespace

CostMeter::CostMeter() {
  // What an earlier contestant has freed would be used again, and not be counted.
  ::malloc_trim(0);
  resident_at_first_ = reset_peak() ? own_size("VmRSS") : kUnsaid;
  cpu_at_first_ = cpu_now();
}

double CostMeter::cpu_seconds() const { return cpu_now() - cpu_at_first_; }

double CostMeter::peak_bytes() const { return own_size("VmHWM") - resident_at_first_; }

Cost CostMeter::cost(double network_months, std::size_t hosts) const {
  return {.cpu_seconds_per_network_month = ratio(cpu_seconds(), network_months),
          .peak_bytes_per_host = ratio(peak_bytes(), static_cast<double>(hosts))};
}

double size_in_status(std::string_view status, std::string_view name) {
  const std::string label = "\n" + std::string(name) + ":";
  const std::size_t at = status.find(label);
  if (at == std::string_view::npos) {
    return kUnsaid;
  }
  std::string_view rest = status.substr(at + label.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  double kilobytes = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), kilobytes);
  return error == std::errc{} ? kilobytes * 1024 : kUnsaid;
}

}  // namespace blipd::bench
