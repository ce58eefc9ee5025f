#include "daemon/service/log_limit.h"

namespace blipd {

bool LogLimit::admit(const std::string& kind, Instant now) {
  if (lines_.empty()) period_start_ = now;
  return ++lines_[kind] <= kLines;
}

std::vector<LogLimit::LeftOut> LogLimit::end_period(Instant now) {
  std::vector<LeftOut> left_out;
  if (lines_.empty() || now - period_start_ < kPeriod) return left_out;
  for (const auto& [kind, lines] : lines_) {
    if (lines > kLines) left_out.push_back({kind, lines - kLines});
  }
  lines_.clear();
  return left_out;
}

}  // namespace blipd
