// Random numbers that are the same on every machine: from a seed and the order of the questions, or from a hash of what
// is asked about. std distributions are not used, because their sequences differ between standard libraries.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>

namespace blipd {

/// SplitMix64's finalizer: every bit of the result depends on every bit of `x`.
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31U);
}
/// A seed for one part of what `seed` stands for; different parts have unrelated seeds.
constexpr std::uint64_t seed_for(std::uint64_t seed, std::uint64_t part) {
  return mix(seed + 0x9e3779b97f4a7c15U * (part + 1));
}
/// The same for a part that is known by name (FNV-1a).
constexpr std::uint64_t seed_for(std::uint64_t seed, std::string_view part) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : part) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return seed_for(seed, hash);
}

/// SplitMix64. Cheap enough to be made anew for each packet.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    return mix(state_);
  }
  /// In [0, 1), of 53 random bits.
  constexpr double share() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  /// Draws nothing where the answer is certain.
  constexpr bool happens(double probability) {
    if (probability <= 0) return false;
    return probability >= 1 || share() < probability;
  }
  double exponential(double mean) { return -mean * std::log1p(-share()); }
  double normal(double mean, double deviation) {
    const double radius = std::sqrt(-2.0 * std::log1p(-share()));
    return mean + deviation * radius * std::cos(2.0 * std::numbers::pi * share());
  }

 private:
  std::uint64_t state_;
};

}  // namespace blipd
