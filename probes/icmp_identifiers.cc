#include "probes/icmp_identifiers.h"

#include <atomic>
#include <chrono>
#include <random>

namespace blipd {
namespace {

constexpr std::uint64_t kTurn = std::chrono::nanoseconds(std::chrono::minutes(10)).count();

/// The finalizer of MurmurHash3: every bit of the number reaches every bit of the result.
std::uint64_t mix(TargetNumber number) {
  std::uint64_t x = static_cast<std::uint64_t>(number.block) << 32 | number.place;
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdU;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53U;
  return x ^ (x >> 33);
}

}  // namespace

IcmpIdentifiers IcmpIdentifiers::random() {
  // Sixteen identifiers of 0xfff runs, from a random one on: two in one process meet only after all others.
  constexpr unsigned kRuns = 0xfff;
  static std::atomic<unsigned> next{std::random_device()() % kRuns};
  const unsigned run = next.fetch_add(1, std::memory_order_relaxed) % kRuns + 1;
  return IcmpIdentifiers(static_cast<std::uint16_t>(run << 4));
}

IcmpIdentifiers::Turns IcmpIdentifiers::turns_at(Instant now) {
  const auto ns = static_cast<std::uint64_t>(now.time_since_epoch().count());
  // A turn is just below 2^40 ns, so that 23 places can be had before the shift overflows; 70 us are fine enough.
  const std::uint64_t fraction = ((ns % kTurn) << 23) / kTurn << 9;
  return {(ns / kTurn) << 32 | fraction};
}

std::uint16_t IcmpIdentifiers::at(TargetNumber number, Turns turns) const {
  const std::uint64_t hash = mix(number);
  const std::uint64_t turn = (turns.value + (hash & 0xffffffff)) >> 32;
  return static_cast<std::uint16_t>(base_ | ((turn + (hash >> 32)) & 0xf));
}

}  // namespace blipd
