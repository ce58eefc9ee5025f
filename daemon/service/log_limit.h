// Keeps one kind of message from filling the log.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "probes/clock.h"

namespace blipd {

/// At most `kLines` lines of a kind in each period of `kPeriod`; what was left out is counted and told once the period
/// is over. Holds only the kinds of the current period. Not thread-safe.
class LogLimit {
 public:
  static constexpr std::uint64_t kLines = 10;
  static constexpr Duration kPeriod = std::chrono::seconds(10);

  struct LeftOut {
    std::string kind;
    std::uint64_t lines = 0;
  };

  /// Whether a line of `kind` may be written at `now`, which does not go back.
  bool admit(const std::string& kind, Instant now);
  /// What the period before left out, in order of kind; empty while the period lasts. Call before `admit`.
  std::vector<LeftOut> end_period(Instant now);

 private:
  Instant period_start_{};
  std::map<std::string, std::uint64_t> lines_;
};

}  // namespace blipd
