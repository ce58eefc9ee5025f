#include "daemon/detect/loss_train.h"

#include <algorithm>
#include <cmath>

namespace blipd {
namespace {

/// The test of a fall: by error of the first kind 0.15, of the second 0.25.
constexpr double kLossOfFall = 0.6;
constexpr double kLossByItself = 0.25;
const double kForLoss = std::log(kLossOfFall / kLossByItself);
const double kForReply = std::log((1 - kLossOfFall) / (1 - kLossByItself));
const double kHeavy = std::log((1 - 0.25) / 0.15);
const double kLight = std::log(0.25 / (1 - 0.15));

}  // namespace

void LossTrain::keep(bool wanted) {
  if (wanted) {
    probes_.reserve(kKept);
  } else {
    std::vector<Probe>().swap(probes_);
  }
}

void LossTrain::put(std::uint32_t place, Instant sent, bool lost) {
  if (probes_.capacity() == 0) return;
  ++told_;
  // Failures are known a few seconds later than the answers around them.
  auto at = probes_.end();
  while (at != probes_.begin() && (at - 1)->sent >= sent) {
    --at;
    if (at->sent == sent && at->place == place) {
      at->lost = lost;
      return;
    }
  }
  if (probes_.size() == kKept) {
    if (at == probes_.begin()) return;
    // The oldest makes room.
    std::move(probes_.begin() + 1, at, probes_.begin());
    *(at - 1) = {sent, place, lost};
    return;
  }
  probes_.insert(at, {sent, place, lost});
}

void LossTrain::on_withdrawn(std::uint32_t place, Instant sent) {
  ++told_;
  std::erase_if(probes_, [&](const Probe& p) { return p.sent == sent && p.place == place; });
}

Bout LossTrain::newest_bout() const {
  Bout bout;
  std::uint64_t answered = 0;  // since its last loss
  Instant witness{};           // the last one that the test has heard
  double heavy = 0;
  for (const Probe& probe : probes_) {
    const bool anew = bout.losses == 0 || probe.sent - bout.to > kBetweenBouts;
    if (!anew && bout.weight == Bout::Weight::undecided && probe.sent - witness >= kWitnesses) {
      witness = probe.sent;
      heavy += probe.lost ? kForLoss : kForReply;
      if (heavy >= kHeavy) bout.weight = Bout::Weight::heavy;
      if (heavy <= kLight) bout.weight = Bout::Weight::light;
    }
    if (!probe.lost) {
      ++answered;
      continue;
    }
    if (anew) {
      bout = Bout{.from = probe.sent, .before = bout.to};
      answered = 0;
      witness = probe.sent;
      heavy = 0;
    }
    bout.to = probe.sent;
    bout.probes += answered + 1;
    ++bout.losses;
    bout.hosts |= std::uint64_t{1} << probe.place % 64U;
    answered = 0;
  }
  return bout;
}

ReplyCount LossTrain::lone_since(Instant since) const {
  ReplyCount count;
  Instant before{};
  for (const Probe& probe : probes_) {
    if (probe.sent >= since && probe.sent - before > kBetweenBouts) {
      ++count.probes;
      count.replies += probe.lost ? 0U : 1U;
    }
    before = probe.sent;
  }
  return count;
}

LossTransitions LossTrain::since(Instant since, Instant until) const {
  LossTransitions transitions;
  Instant before{};
  for (const Probe& probe : probes_) {
    if (probe.sent < since || probe.sent > until) continue;
    if (before == Instant{} || probe.sent - before > kNeighbours) {
      transitions.begin_anew(probe.lost);
    } else {
      transitions.add(probe.lost);
    }
    before = probe.sent;
  }
  return transitions;
}

}  // namespace blipd
