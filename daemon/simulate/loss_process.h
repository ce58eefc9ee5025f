// States that come and go by themselves. Each draws from a seed of its own and is a function of that seed and of time
// alone: whoever asks, and however often, sees the same stays. Questions go forward in time; they cost the stays that
// were passed, and no memory.
#pragma once

#include <chrono>

#include "daemon/simulate/distribution.h"
#include "daemon/simulate/random.h"
#include "daemon/simulate/scenario.h"
#include "probes/clock.h"

namespace blipd {

/// Longer than any scenario; keeps sums of times far from overflow.
inline constexpr Duration kLongestStay = std::chrono::hours(24 * 2000);

/// The two states of Gilbert and Elliott in continuous time, with exponential stays. It begins in its stationary state,
/// so its share holds from the first moment on.
class GilbertElliott {
 public:
  GilbertElliott() = default;
  GilbertElliott(const BurstsSpec& spec, std::uint64_t seed, Duration start)
      : random_(seed),
        mean_good_(static_cast<double>(spec.mean_good().count())),
        mean_bad_(static_cast<double>(spec.mean_bad.count())),
        until_(start),
        bad_(!random_.happens(spec.share)) {
    // Exponential stays have no memory, so a stay that is under way at `start` lasts as long as a new one.
    change();
  }

  /// Whether `at` lies in a bad stay. `at` never goes back.
  bool bad_at(Duration at) {
    while (at >= until_) change();
    return bad_;
  }
  /// When the stay that the last question fell into ends.
  Duration until() const { return until_; }

 private:
  void change() {
    bad_ = !bad_;
    const double stay = random_.exponential(bad_ ? mean_bad_ : mean_good_);
    const auto longest = static_cast<double>(kLongestStay.count());
    until_ += Duration(1 + static_cast<Duration::rep>(stay < longest ? stay : longest));
  }

  Random random_{0};
  double mean_good_ = 1;
  double mean_bad_ = 1;
  Duration until_ = Duration::max();
  bool bad_ = false;
};

/// Down again and again, with gaps and lengths of any distribution; it begins with a gap.
class Restarts {
 public:
  Restarts(const Reboots& spec, std::uint64_t seed) : spec_(&spec), random_(seed) {
    // A host has run for some time when the scenario starts, so the first gap is cut at a place of its own.
    const double passed = random_.share();
    falls_ = Duration(static_cast<Duration::rep>(passed * spec_->every.draw(random_, turn_)));
    returns_ = falls_ + spec_->lasts.draw_duration(random_, turn_);
  }

  /// Whether it is down at `at`, which never goes back.
  bool down_at(Duration at) {
    while (at >= returns_) {
      ++turn_;
      falls_ = returns_ + spec_->every.draw_duration(random_, turn_);
      returns_ = falls_ + spec_->lasts.draw_duration(random_, turn_);
    }
    return at >= falls_;
  }

 private:
  const Reboots* spec_;
  Random random_;
  std::size_t turn_ = 0;
  Duration falls_{};
  Duration returns_{};
};

}  // namespace blipd
