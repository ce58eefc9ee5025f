// Does the network go down again and again? Each fall adds one to a penalty that halves within an hour, as routers damp
// flapping routes (RFC 2439, with slower decay: a beat of twenty minutes has to be told).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "probes/clock.h"

namespace blipd {

/// Probing thread only. Pure.
class FallMemory {
 public:
  /// In which a penalty halves: an hour, or more where falls are met seldom. Before the first fall.
  void set_half_life(Duration half_life) { half_life_ = half_life; }
  /// The network fell at `at`. A fall within two minutes of the one before is part of it.
  void fall(Instant at);
  /// The newest fall was seen to last so long.
  void lasted(Duration duration) { longest_ = std::max(longest_, duration); }
  /// So many falls were seen by an earlier run, the newest of them at `newest`: their distances are not known one by
  /// one any more, but their mean and whether they kept a beat.
  void resume(Instant newest, std::uint64_t falls, Duration period, bool steady);
  /// Falls from then on were none.
  void take_back(Instant since);
  /// What fell until now has been told: it goes on to count for the penalty, and is none of the falls that follow.
  void tell() { told_ = falls_; }
  void clear() {
    falls_ = told_ = 0;
    penalty_ = 0;
    longest_ = {};
  }

  /// Falls come so often that they are one episode: a penalty of 2 and more.
  bool flapping(Instant now) const { return penalty(now) >= 2; }
  /// They have ceased: a penalty below 0.75.
  bool ceased(Instant now) const { return penalty(now) < 0.75; }
  /// Of the oldest fall that counts and has not been told; only after one.
  Instant first() const;
  /// Those that have not been told.
  std::uint64_t falls() const { return falls_ - told_; }
  /// How long the longest of them lasted that was seen whole; zero without any.
  Duration longest() const { return longest_; }
  /// Mean distance from fall to fall; nullopt with fewer than two.
  std::optional<Duration> period() const;
  /// Whether they keep a beat: over at least three distances, the standard deviation is under half of the mean.
  bool steady() const;

 private:
  static constexpr std::size_t kKept = 16;

  double penalty(Instant now) const;
  std::size_t kept() const { return falls_ < kKept ? static_cast<std::size_t>(falls_) : kKept; }
  /// The fall `back` before the newest.
  Instant recent(std::size_t back) const { return at_[(falls_ - 1 - back) % kKept]; }

  Duration half_life_ = std::chrono::hours(1);
  std::array<Instant, kKept> at_{};
  std::uint64_t falls_ = 0;  ///< since a fall came after the penalty was forgotten
  std::uint64_t told_ = 0;   ///< of these
  double penalty_ = 0;       ///< at the newest fall
  Duration longest_{};
};

}  // namespace blipd
