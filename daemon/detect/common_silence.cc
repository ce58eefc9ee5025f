#include "daemon/detect/common_silence.h"

#include <algorithm>

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

SilenceTally CommonSilence::tally() const {
  SilenceTally all;
  for (const Network& n : networks_) {
    if (!n.newest_reply) continue;  // never answered: says nothing about us
    all.add({1, n.suspects >= kLeastSuspects, *n.newest_reply, *n.newest_reply, Instant::min()});
  }
  return all;
}

void SilenceTally::add(const SilenceTally& other) {
  living += other.living;
  all_silent = all_silent && other.all_silent;
  first = std::min(first, other.first);
  second = std::max({second, other.second, std::min(newest, other.newest)});
  newest = std::max(newest, other.newest);
}

std::optional<Instant> SilenceTally::silent_since() const {
  if (living < kLeastNetworks || !all_silent || newest - first > kTogether) return std::nullopt;
  return first;
}

Instant SilenceTally::life(Instant now) const { return living < kLeastNetworks ? now : second; }

}  // namespace blipd
