#include "daemon/detect/common_silence.h"

#include <algorithm>
#include <utility>

namespace blipd {
namespace {

constexpr std::size_t kLeastNetworks = 5;
constexpr Duration kTogether = std::chrono::seconds(10);
constexpr std::uint64_t kLeastSuspects = 2;

}  // namespace

void CommonSilence::on_reply(std::size_t network, Instant sent) {
  Network& n = networks_[network];
  if (n.newest_reply && sent <= *n.newest_reply) return;
  n.newest_reply = sent;
  n.suspects = 0;
}

void CommonSilence::on_suspect(std::size_t network, Instant sent) {
  Network& n = networks_[network];
  if (n.newest_reply && sent > *n.newest_reply) ++n.suspects;
}

std::optional<Instant> CommonSilence::silent_since() const {
  std::size_t living = 0;
  Instant first = Instant::max();
  Instant last = Instant::min();
  for (const Network& n : networks_) {
    if (!n.newest_reply) continue;  // never answered: says nothing about us
    if (n.suspects < kLeastSuspects) return std::nullopt;
    ++living;
    first = std::min(first, *n.newest_reply);
    last = std::max(last, *n.newest_reply);
  }
  if (living < kLeastNetworks || last - first > kTogether) return std::nullopt;
  return first;
}

Instant CommonSilence::living(Instant now) const {
  std::size_t living = 0;
  Instant newest = Instant::min();
  Instant second = Instant::min();
  for (const Network& n : networks_) {
    if (!n.newest_reply) continue;
    ++living;
    if (*n.newest_reply > newest) {
      second = std::exchange(newest, *n.newest_reply);
    } else {
      second = std::max(second, *n.newest_reply);
    }
  }
  return living < kLeastNetworks ? now : second;
}

}  // namespace blipd
