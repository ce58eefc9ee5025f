#include "daemon/detect/loss_train.h"

#include <algorithm>

namespace blipd {

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
  for (const Probe& probe : probes_) {
    if (!probe.lost) {
      ++answered;
      continue;
    }
    if (bout.losses == 0 || probe.sent - bout.to > kBetweenBouts) {
      bout = Bout{.from = probe.sent, .before = bout.to};
      answered = 0;
    }
    bout.to = probe.sent;
    bout.probes += answered + 1;
    ++bout.losses;
    bout.hosts |= std::uint64_t{1} << probe.place % 64U;
    answered = 0;
  }
  return bout;
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
