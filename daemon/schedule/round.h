// When each target of a block is probed.
//
// A round is one pass over a block's targets. Targets stand in the order of their addresses; even ones belong to the
// first half of the round, odd ones to the second. In each half the targets are visited with a stride that is nearest
// to the golden section of their number and has no common divisor with it, from a random start, at evenly spaced
// moments from a random offset. That gives, without a table, a division or a random number per probe:
//
//   * each target exactly once in its half, at a moment that is random anew in each round, so that its probes lie 0.5
//   to
//     1.5 rounds apart and a periodic outage cannot keep step with them;
//   * neighbours in address order (one /24) far apart in time: by the three-distance theorem the probes to any run of m
//     of n targets are never closer than about 0.38 n/m steps, so a prefix's traffic is as smooth as the whole.
#pragma once

#include <array>
#include <cstdint>

#include "probes/clock.h"

namespace blipd {

/// The endless sequence of (target, due time) of one block. Pure.
class Round {
 public:
  struct Probe {
    std::uint32_t ordinal = 0;  ///< 0 .. targets-1, in address order
    Instant due{};
  };

  /// `targets` >= 1, `length` > 0. The first round begins at `start`.
  Round(std::uint32_t targets, Duration length, Instant start, std::uint64_t seed);

  Probe next() const { return {index_ * 2 + half_, due_}; }
  void advance();
  /// Passes over every probe due before `t`; returns how many. Cost grows with the halves passed, not with the probes.
  std::uint64_t skip_before(Instant t);

  Duration length() const { return length_; }
  std::uint32_t targets() const { return targets_; }
  /// Rounds completed.
  std::uint64_t ended() const { return ended_; }
  /// When the half that `next` belongs to ends.
  Instant half_end() const { return half_start_ + half_length_; }

 private:
  void begin_half();
  void next_half();
  std::uint64_t random();

  std::uint32_t targets_;
  Duration length_;
  Duration half_length_;
  std::array<std::uint32_t, 2> count_{};  ///< targets of each half
  std::array<std::uint32_t, 2> stride_{};
  Instant half_start_;
  std::uint64_t seed_;
  std::uint64_t ended_ = 0;
  std::uint32_t half_ = 0;
  std::uint32_t position_ = 0;  ///< probes of this half that have passed
  std::uint32_t index_ = 0;     ///< target of the next probe, within its half
  Duration step_{};
  Instant due_{};
};

}  // namespace blipd
