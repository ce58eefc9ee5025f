#include "daemon/store/loss_pairs.h"

#include <algorithm>

namespace blipd {

double loss_correlation(const ReplyCount& all, const ReplyCount& after_loss) {
  if (after_loss.probes == 0 || after_loss.probes >= all.probes) return 0;
  const std::uint64_t losses = all.probes - all.replies;
  const std::uint64_t repeated = after_loss.probes - after_loss.replies;
  const auto of = [](std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  };
  const double first = of(losses - std::min(losses, repeated), all.probes - after_loss.probes);
  return std::clamp(of(repeated, after_loss.probes) - first, 0.0, 1.0);
}

LossPairs::LossPairs(const LossPairs& other)
    : length_(other.length_),
      after_loss_(other.after_loss_ ? std::make_unique<Window>(*other.after_loss_) : nullptr),
      lost_before_(other.lost_before_) {}

void LossPairs::restore(const WindowContents& contents, bool lost_before, Instant now) {
  lost_before_ = lost_before;
  after_loss_.reset();
  if (!lost_before && contents.buckets.empty()) return;
  after_loss_ = std::make_unique<Window>(length_);
  after_loss_->restore(contents, now);
}

void LossPairs::add(Instant sent, bool reply) {
  if (lost_before_) after_loss_->add(sent, reply);
  lost_before_ = !reply;
  if (lost_before_ && !after_loss_) after_loss_ = std::make_unique<Window>(length_);
}

}  // namespace blipd
