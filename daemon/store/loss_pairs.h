// How much fewer independent witnesses a window holds than probes, when losses come together.
#pragma once

#include <memory>

#include "daemon/store/window.h"
#include "probes/clock.h"

namespace blipd {

/// The lag-1 autocorrelation of losses in a sequence, P(loss | loss before) - P(loss | reply before), which is 1 - p -
/// r of the simple Gilbert model (E. N. Gilbert, Bell System Technical Journal 39, 1960) with its maximum-likelihood
/// estimates p = n01 / n0. and r = n10 / n1. ; 0 where it is below that or cannot be told. `all`: of the sequence;
/// `after_loss`: those of them that came right after a loss.
double loss_correlation(const ReplyCount& all, const ReplyCount& after_loss);

/// Of the background probes of one network and module within a window's length: what came right after each loss. Told
/// everything that the window is told, in the same order. Asks for memory at its first loss alone. Probing thread only.
class LossPairs {
 public:
  explicit LossPairs(Duration length) : length_(length) {}

  LossPairs(const LossPairs& other);
  LossPairs(LossPairs&&) noexcept = default;
  LossPairs& operator=(LossPairs&&) noexcept = default;

  void add(Instant sent, bool reply);
  WindowContents contents() const { return after_loss_ ? after_loss_->contents() : WindowContents{}; }
  bool lost_before() const { return lost_before_; }
  /// As Window::restore. `lost_before`: the newest probe of then was lost.
  void restore(const WindowContents& contents, bool lost_before, Instant now);
  /// `all`: what the window counts up to `until`.
  double correlation(const ReplyCount& all, Instant until) const {
    return after_loss_ ? loss_correlation(all, after_loss_->count(until)) : 0;
  }

 private:
  Duration length_;
  std::unique_ptr<Window> after_loss_;  ///< null before there was a loss
  bool lost_before_ = false;
};

}  // namespace blipd
