// Does the network go down again and again? Each fall adds one to a penalty that halves within an hour, as routers damp
// flapping routes (RFC 2439, with slower decay: a beat of twenty minutes has to be told).
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "probes/clock.h"

namespace blipd {

/// Probing thread only. Pure.
class FallMemory {
 public:
  /// The network fell at `at`. A fall within two minutes of the one before is part of it.
  void fall(Instant at);
  void clear() { *this = FallMemory(); }
  /// So many falls were seen by an earlier run, the newest of them at `newest`: their distances are not known one by
  /// one any more, but their mean and whether they kept a beat.
  void resume(Instant newest, std::uint64_t falls, Duration period, bool steady);

  /// Falls come so often that they are one episode: a penalty of 2 and more.
  bool flapping(Instant now) const { return penalty(now) >= 2; }
  /// They have ceased: a penalty below 0.75.
  bool ceased(Instant now) const { return penalty(now) < 0.75; }
  /// Of the oldest fall that counts; only after one.
  Instant first() const;
  std::uint64_t falls() const { return falls_; }
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

  std::array<Instant, kKept> at_{};
  std::uint64_t falls_ = 0;  ///< since the penalty was last below 0.75
  double penalty_ = 0;       ///< at the newest fall
};

}  // namespace blipd
