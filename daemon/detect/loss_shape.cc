#include "daemon/detect/loss_shape.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "daemon/store/loss_pairs.h"

namespace blipd {
namespace {

constexpr std::uint64_t kLeastProbes = 100;
constexpr std::uint64_t kLeastLosses = 10;
constexpr double kChiSquare = 6.63;  ///< one degree of freedom, 1 %
constexpr Duration kTurn = std::chrono::minutes(30);

}  // namespace

void LossTransitions::add(bool lost) {
  ++probes_;
  losses_ += lost ? 1U : 0U;
  if (lost && last_ != Last::loss) ++runs_;
  if (last_ != Last::none) ++pairs_[last_ == Last::loss ? 1 : 0][lost ? 1 : 0];
  last_ = lost ? Last::loss : Last::reply;
}

std::optional<double> LossTransitions::burst_ratio() const {
  if (losses_ < kLeastLosses || losses_ == probes_) return std::nullopt;
  const double mean_run = static_cast<double>(losses_) / static_cast<double>(runs_);
  return mean_run * (1 - static_cast<double>(losses_) / static_cast<double>(probes_));
}

double LossTransitions::correlation() const {
  const auto& [after_reply, after_loss] = pairs_;
  const ReplyCount all{after_reply[0] + after_reply[1] + after_loss[0] + after_loss[1], after_reply[0] + after_loss[0]};
  return loss_correlation(all, {after_loss[0] + after_loss[1], after_loss[0]});
}

LossPattern LossTransitions::pattern(std::uint64_t least_probes, std::uint64_t least_losses) const {
  if (probes_ < least_probes || losses_ < least_losses) return LossPattern::unknown;
  double rows[2];
  double columns[2];
  double total = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    rows[i] = static_cast<double>(pairs_[i][0] + pairs_[i][1]);
    columns[i] = static_cast<double>(pairs_[0][i] + pairs_[1][i]);
    total += rows[i];
  }
  if (rows[0] == 0 || rows[1] == 0 || columns[0] == 0 || columns[1] == 0) return LossPattern::unknown;
  double g = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      const auto n = static_cast<double>(pairs_[i][j]);
      if (n > 0) g += 2 * n * std::log(n * total / (rows[i] * columns[j]));
    }
  }
  const bool likelier = static_cast<double>(pairs_[1][1]) / rows[1] > static_cast<double>(pairs_[0][1]) / rows[0];
  return g > kChiSquare && likelier ? LossPattern::bursty : LossPattern::random;
}

void LossRuns::add(bool lost, Instant sent) {
  if (sent - turned_ > kTurn) {
    previous_ = current_;
    current_.clear();
    turned_ = sent;
  }
  current_.add(lost);
  if (lost) {
    ++run_;
    return;
  }
  if (run_ == 0) return;
  std::size_t bucket = 0;
  while (bucket < kLossRunBounds.size() && kLossRunBounds[bucket] < run_) ++bucket;
  if (bucket < kLossRunBounds.size()) ++runs_.buckets[bucket];
  ++runs_.count;
  runs_.sum += run_;
  run_ = 0;
}

std::optional<double> LossRuns::burst_ratio() const {
  const std::optional<double> now = current_.burst_ratio();
  return now ? now : previous_.burst_ratio();
}

double LossRuns::correlation() const {
  // Few pairs are no estimate; the half hour before is.
  return (current_.probes() >= kLeastProbes ? current_ : previous_).correlation();
}

LossPattern LossRuns::pattern() const {
  const LossPattern now = current_.pattern();
  return now != LossPattern::unknown ? now : previous_.pattern();
}

}  // namespace blipd
