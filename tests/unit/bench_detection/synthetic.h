// A network for the baselines' tests: every host loses what a function of host and time says.
#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/detection/asked.h"
#include "tests/bench/detection/baseline.h"
#include "tests/support/catch.h"

namespace blipd::bench {

inline Duration sec(double s) { return Duration(std::llround(s * 1e9)); }

/// Replies come after 100 ms. Checks that nobody asks out of range or out of turn.
class Synthetic final : public Asked {
 public:
  /// The probability with which a probe of this host at this second is lost.
  using Loss = std::function<double(std::size_t host, double at)>;
  explicit Synthetic(Loss loss, unsigned seed = 1) : loss_(std::move(loss)), random_(seed) {}

  EchoResult ask(std::size_t network, std::size_t host, Duration at) override {
    if (at < last_ || host >= 16) {
      FAIL("asked out of turn");
    }
    last_ = at;
    ++asked_;
    (void)network;
    const bool lost = std::uniform_real_distribution<double>(0, 1)(random_) < loss_(host, to_seconds(at));
    return {.reply = !lost, .after = reply_after};
  }
  std::size_t asked() const { return asked_; }

  Duration reply_after = std::chrono::milliseconds(100);

 private:
  Loss loss_;
  std::mt19937_64 random_;
  Duration last_{};
  std::size_t asked_ = 0;
};

/// Sixteen hosts in four /24, or fewer.
inline AskedNetwork network(std::string name = "n", std::size_t hosts = 16) {
  AskedNetwork n;
  n.name = std::move(name);
  for (std::size_t i = 0; i < hosts; ++i) {
    n.prefix_of_host.push_back(i / 4);
  }
  return n;
}

inline constexpr Instant kBegin{std::chrono::seconds(5000)};

inline Run run_of(double seconds, std::uint64_t seed = 1) {
  return {.begin = kBegin, .length = sec(seconds), .seed = seed};
}

/// All dark in [from, to).
inline Synthetic::Loss dark(double from, double to) {
  return [=](std::size_t, double at) { return at >= from && at < to ? 1.0 : 0.0; };
}

inline double at(Instant t) { return to_seconds(t - kBegin); }

}  // namespace blipd::bench
