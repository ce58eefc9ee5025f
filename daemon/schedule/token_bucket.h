// Rate limits. Pure: `now` is a parameter.
#pragma once

#include <limits>

#include "probes/clock.h"

namespace blipd {

/// Refills at `rate` tokens per second up to `capacity`, begins full. A rate of infinity never refuses.
class TokenBucket {
 public:
  TokenBucket() = default;
  TokenBucket(double rate, double capacity) : rate_(rate), capacity_(capacity), tokens_(capacity) {}

  /// Changes the limit and keeps what has been used up.
  void set(double rate, double capacity);
  /// Whether one token is there.
  bool ready(Instant now);
  /// Takes one; only after `ready`.
  void take() { tokens_ -= 1; }
  /// What is in it since `ready` was asked.
  double left() const { return tokens_; }
  /// Empties it.
  void drain(Instant now) {
    tokens_ = 0;
    refilled_ = now;
  }
  /// When the next token will be there, seen from `now`.
  Instant when(Instant now) const;

 private:
  double rate_ = std::numeric_limits<double>::infinity();
  double capacity_ = 1;
  double tokens_ = 1;
  Instant refilled_{};
};

/// The politeness towards one prefix: a bucket of 10 at the mean rate, and never two probes within one second.
class PrefixBucket {
 public:
  bool ready(Instant now, double rate);
  void take(Instant now, double rate);
  Instant when(Instant now, double rate) const;

 private:
  static constexpr float kCapacity = 10;
  Instant taken_{};
  float used_ = 0;  ///< tokens missing from a full bucket at `taken_`
};

}  // namespace blipd
