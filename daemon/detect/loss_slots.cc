#include "daemon/detect/loss_slots.h"

#include <algorithm>
#include <cmath>

namespace blipd {
namespace {

const std::array<double, kLossLevels.size()> kReply{-std::log1p(-kLossLevels[0]), -std::log1p(-kLossLevels[1]),
                                                    -std::log1p(-kLossLevels[2])};

}  // namespace

Likelihood failure_likelihood(double own_loss) {
  Likelihood likelihood;
  for (std::size_t level = 0; level < likelihood.size(); ++level) {
    likelihood[level] = static_cast<float>(std::log((1 - (1 - kLossLevels[level]) * (1 - own_loss)) / own_loss));
  }
  return likelihood;
}

double reply_likelihood(std::size_t level) { return kReply[level]; }

LossSlots::Slot* LossSlots::find(Instant sent) {
  const std::int64_t second = second_of(sent);
  for (std::size_t back = 0; back < used_; ++back) {
    Slot& slot = slots_[(newest_ + kSlots - back) % kSlots];
    if (slot.second == second) return &slot;
    if (slot.second < second) return nullptr;
  }
  return nullptr;
}

LossSlots::Slot* LossSlots::slot_of(Instant sent) {
  const std::int64_t second = second_of(sent);
  if (used_ != 0 && second <= slots_[newest_].second) {
    if (Slot* const slot = find(sent)) return slot;
    // Nothing of that second was known when the next one began: it takes the place of its neighbour.
    for (std::size_t back = 0; back < used_; ++back) {
      Slot& slot = slots_[(newest_ + kSlots - back) % kSlots];
      if (slot.second < second) return &slot;
    }
    return nullptr;  // longer ago than what is kept
  }
  newest_ = used_ == 0 ? 0 : (newest_ + 1) % kSlots;
  Slot& slot = slots_[newest_];
  if (used_ == kSlots) {
    for (std::size_t level = 0; level < carried_.size(); ++level) {
      advance(carried_[level], slot, level, carried_reply_);
    }
    failures_ -= slot.failures;
    if (slot.replies != 0) carried_reply_ = slot.last_reply;
  } else {
    ++used_;
  }
  slot = {};
  slot.second = second;
  return &slot;
}

void LossSlots::add_reply(Instant sent) {
  Slot* const slot = slot_of(sent);
  if (slot == nullptr) return;
  if (slot->failures != 0 && sent < slot->first_failure) ++slot->replies_before;
  if (slot->replies++ == 0) {
    slot->first_reply = slot->last_reply = sent;
  } else {
    slot->first_reply = std::min(slot->first_reply, sent);
    slot->last_reply = std::max(slot->last_reply, sent);
  }
}

void LossSlots::add_failure(Instant sent, const Likelihood& likelihood) {
  Slot* const slot = slot_of(sent);
  if (slot == nullptr) return;
  ++failures_;
  if (slot->failures++ == 0) {
    slot->first_failure = slot->last_failure = sent;
    // Failures are known a second after the replies around them.
    slot->replies_before = slot->replies != 0 && slot->last_reply < sent ? slot->replies : 0;
  } else {
    slot->first_failure = std::min(slot->first_failure, sent);
    slot->last_failure = std::max(slot->last_failure, sent);
  }
  for (std::size_t level = 0; level < likelihood.size(); ++level) slot->likelihood[level] += likelihood[level];
}

void LossSlots::take_back(Instant sent, const Likelihood& likelihood) {
  const Slot* const slot = find(sent);
  if (slot == nullptr || slot->failures == 0) return;
  withdraw(sent, likelihood);
  add_reply(sent);
}

void LossSlots::withdraw(Instant sent, const Likelihood& likelihood) {
  Slot* const slot = find(sent);
  if (slot == nullptr || slot->failures == 0) return;
  --failures_;
  --slot->failures;
  for (std::size_t level = 0; level < likelihood.size(); ++level) {
    slot->likelihood[level] = slot->failures == 0 ? 0 : std::max(0.0F, slot->likelihood[level] - likelihood[level]);
  }
}

bool LossSlots::quiet() const {
  return failures_ == 0 && std::all_of(carried_.begin(), carried_.end(), [](const Suspicion& s) { return s.sum <= 0; });
}

void LossSlots::lower(Suspicion& s, std::uint32_t replies, double weight, std::size_t level) {
  if (s.failures != 0) s.replies += replies;
  s.sum -= weight * replies * kReply[level];
  if (s.sum <= 0) s = {};
}

void LossSlots::advance(Suspicion& s, const Slot& slot, std::size_t level, Instant reply) {
  const auto weight = [](std::uint32_t probes) { return std::min(1.0, kMostPerSecond / std::max(probes, 1U)); };
  if (slot.failures == 0) {
    if (slot.replies != 0) lower(s, slot.replies, weight(slot.replies), level);
    return;
  }
  // What was answered earlier in this second says nothing against a loss that begins after it. Of hosts that are asked
  // several times a second it would outweigh all the failures that count.
  const std::uint32_t before = std::min(slot.replies_before, slot.replies);
  if (before != 0) lower(s, before, weight(before), level);
  const std::uint32_t replies = slot.replies - before;
  if (s.failures == 0) {
    s.since = slot.first_failure;
    const bool replied_before = slot.replies != 0 && slot.first_reply < slot.first_failure;
    s.last_reply = replied_before ? std::min(slot.last_reply, slot.first_failure) : reply;
  }
  s.replies += replies;
  s.failures += slot.failures;
  s.last_failure = slot.last_failure;
  s.sum += weight(replies + slot.failures) * (static_cast<double>(slot.likelihood[level]) - replies * kReply[level]);
  if (s.sum <= 0) s = {};
}

std::array<Suspicion, kLossLevels.size()> LossSlots::judge(const Verdicts& verdicts) const {
  std::array<Suspicion, kLossLevels.size()> all = carried_;
  if (quiet()) return all;
  Instant reply = carried_reply_;
  for (std::size_t back = used_; back-- != 0;) {
    const Slot& slot = slots_[(newest_ + kSlots - back) % kSlots];
    if (slot.failures != 0 && verdicts.ill_during(slot.first_failure, slot.last_failure)) continue;
    for (std::size_t level = 0; level < all.size(); ++level) advance(all[level], slot, level, reply);
    if (slot.replies != 0) reply = slot.last_reply;
  }
  return all;
}

}  // namespace blipd
