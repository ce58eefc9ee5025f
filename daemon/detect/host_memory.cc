#include "daemon/detect/host_memory.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace blipd {
namespace {

using Microseconds = std::chrono::microseconds;

constexpr Duration kLeastSoft = std::chrono::seconds(1);
constexpr Duration kMostSoft = std::chrono::seconds(3);
/// As good as so many outcomes is the belief one starts with.
constexpr std::uint32_t kPrior = 50;
constexpr double kLeastLoss = 0.005;
constexpr double kMostLoss = 0.5;
/// The usual time follows slowly: a fault that lasts an hour must not become usual.
constexpr std::uint32_t kUsualMemory = 512;
constexpr Duration kLeastDelay = std::chrono::milliseconds(20);

std::uint32_t in_microseconds(Duration d) {
  const auto us = std::chrono::duration_cast<Microseconds>(d).count();
  return static_cast<std::uint32_t>(std::clamp<Microseconds::rep>(us, 1, std::numeric_limits<std::uint32_t>::max()));
}

}  // namespace

Duration soft_deadline(const TargetState& host) {
  if (host.rtt_us == 0) return kMostSoft;
  const Duration expected = Microseconds(std::uint64_t{host.rtt_us} + 4 * std::uint64_t{host.rtt_variation_us});
  return std::clamp(expected, kLeastSoft, kMostSoft);
}

double own_loss(const TargetState& host) {
  if (host.learned == 0) return kUsualLoss;
  return std::clamp(static_cast<double>(host.own_loss), kLeastLoss, kMostLoss);
}

void learn_loss(TargetState& host, bool reply, std::uint32_t memory) {
  if (host.learned == 0) host.own_loss = static_cast<float>(kUsualLoss);
  if (host.learned < std::numeric_limits<std::uint16_t>::max()) ++host.learned;
  const std::uint32_t weight = std::min(std::uint32_t{host.learned} + kPrior, std::max(memory, kPrior));
  host.own_loss += ((reply ? 0.0F : 1.0F) - host.own_loss) / static_cast<float>(weight);
}

void learn_round_trip(TargetState& host, Duration round_trip, bool quiet) {
  const std::uint32_t now = in_microseconds(round_trip);
  if (host.rtt_us == 0) {
    host.rtt_us = now;
    host.rtt_variation_us = now / 2;
  } else {
    const std::uint32_t off = now > host.rtt_us ? now - host.rtt_us : host.rtt_us - now;
    host.rtt_variation_us = static_cast<std::uint32_t>((3 * std::uint64_t{host.rtt_variation_us} + off) / 4);
    host.rtt_us = static_cast<std::uint32_t>((7 * std::uint64_t{host.rtt_us} + now) / 8);
  }
  if (!quiet) return;
  if (host.usual_rtt_us == 0) {
    host.usual_rtt_us = now;
    return;
  }
  const std::uint32_t weight = std::clamp<std::uint32_t>(host.learned, 8, kUsualMemory);
  const auto usual = static_cast<double>(host.usual_rtt_us);
  host.usual_rtt_us = static_cast<std::uint32_t>(usual + (static_cast<double>(now) - usual) / weight + 0.5);
}

Duration delay_beyond_usual(const TargetState& host, Duration round_trip) {
  return host.usual_rtt_us == 0 ? Duration{} : round_trip - Duration(Microseconds(host.usual_rtt_us));
}

bool is_delayed(const TargetState& host, Duration round_trip) {
  const Duration beyond = delay_beyond_usual(host, round_trip);
  return beyond > kLeastDelay && beyond > Duration(Microseconds(host.usual_rtt_us)) / 4;
}

}  // namespace blipd
