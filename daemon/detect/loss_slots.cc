#include "daemon/detect/loss_slots.h"

#include <algorithm>
#include <cmath>
#include <utility>

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

std::size_t LossSlots::find(Instant sent) const {
  const std::int64_t second = second_of(sent);
  for (std::size_t back = 0; back < used_; ++back) {
    const std::size_t slot = (newest_ + kSlots - back) % kSlots;
    if (slots_[slot].second == second) return slot;
    if (slots_[slot].second < second) break;
  }
  return kSlots;
}

std::size_t LossSlots::slot_of(Instant sent) {
  const std::int64_t second = second_of(sent);
  if (used_ != 0 && second <= slots_[newest_].second) {
    const std::size_t known = find(sent);
    if (known != kSlots) return known;
    // Nothing of that second was known when the next one began: it takes the place of its neighbour.
    for (std::size_t back = 0; back < used_; ++back) {
      const std::size_t slot = (newest_ + kSlots - back) % kSlots;
      if (slots_[slot].second < second) return slot;
    }
    return kSlots;  // longer ago than what is kept
  }
  newest_ = used_ == 0 ? 0 : (newest_ + 1) % kSlots;
  Slot& slot = slots_[newest_];
  if (used_ == kSlots) {
    const Failures* const failures = failures_of(newest_);
    for (std::size_t level = 0; level < carried_.size(); ++level) {
      advance(carried_[level], slot, failures, level, carried_reply_);
    }
    if (failures != nullptr) {
      failures_ -= failures->count;
      drop_failures(newest_);
    }
    if (slot.replies != 0) carried_reply_ = slot.last_reply;
  } else {
    ++used_;
  }
  slot = {};
  slot.second = static_cast<std::int32_t>(second);
  return newest_;
}

LossSlots::Failures& LossSlots::make_failures(std::size_t slot) {
  auto made = std::find_if(failed_.begin(), failed_.end(), [](const Failures& f) { return f.count == 0; });
  if (made == failed_.end()) {
    constexpr std::size_t kAtFirst = 4;
    if (failed_.empty()) failed_.reserve(kAtFirst);
    made = failed_.insert(failed_.end(), Failures{});
  }
  *made = {};
  failed_of_[slot] = static_cast<std::uint8_t>(made - failed_.begin());
  return *made;
}

void LossSlots::drop_failures(std::size_t slot) {
  failures_of(slot)->count = 0;
  failed_of_[slot] = kNone;
}

void LossSlots::clear() {
  std::vector<Failures> room = std::move(failed_);
  room.clear();
  *this = LossSlots();
  failed_ = std::move(room);
}

void LossSlots::add_reply(Instant sent) {
  judged_ = false;
  const std::size_t at = slot_of(sent);
  if (at == kSlots) return;
  if (failures_ != 0) {
    Failures* const failures = failures_of(at);
    if (failures != nullptr && sent < failures->first) ++failures->replies_before;
  }
  Slot& slot = slots_[at];
  if (slot.replies++ == 0) {
    slot.first_reply = slot.last_reply = sent;
  } else {
    slot.first_reply = std::min(slot.first_reply, sent);
    slot.last_reply = std::max(slot.last_reply, sent);
  }
}

void LossSlots::add_failure(Instant sent, const Likelihood& likelihood) {
  judged_ = false;
  const std::size_t at = slot_of(sent);
  if (at == kSlots) return;
  ++failures_;
  Failures* failures = failures_of(at);
  if (failures == nullptr) {
    failures = &make_failures(at);
    failures->first = failures->last = sent;
    // Failures are known a second after the replies around them.
    const Slot& slot = slots_[at];
    failures->replies_before = slot.replies != 0 && slot.last_reply < sent ? slot.replies : 0;
  } else {
    failures->first = std::min(failures->first, sent);
    failures->last = std::max(failures->last, sent);
  }
  ++failures->count;
  for (std::size_t level = 0; level < likelihood.size(); ++level) failures->likelihood[level] += likelihood[level];
}

void LossSlots::take_back(Instant sent, const Likelihood& likelihood) {
  const std::size_t at = find(sent);
  if (at == kSlots || failures_of(at) == nullptr) return;
  withdraw(sent, likelihood);
  add_reply(sent);
}

void LossSlots::withdraw(Instant sent, const Likelihood& likelihood) {
  const std::size_t at = find(sent);
  Failures* const failures = at == kSlots ? nullptr : failures_of(at);
  if (failures == nullptr) return;
  judged_ = false;
  --failures_;
  if (failures->count == 1) return drop_failures(at);
  --failures->count;
  for (std::size_t level = 0; level < likelihood.size(); ++level) {
    failures->likelihood[level] = std::max(0.0F, failures->likelihood[level] - likelihood[level]);
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

void LossSlots::advance(Suspicion& s, const Slot& slot, const Failures* failures, std::size_t level, Instant reply) {
  const auto weight = [](std::uint32_t probes) { return std::min(1.0, kMostPerSecond / std::max(probes, 1U)); };
  if (failures == nullptr) {
    if (slot.replies != 0) lower(s, slot.replies, weight(slot.replies), level);
    return;
  }
  // What was answered earlier in this second says nothing against a loss that begins after it. Of hosts that are asked
  // several times a second it would outweigh all the failures that count.
  const std::uint32_t before = std::min(failures->replies_before, slot.replies);
  if (before != 0) lower(s, before, weight(before), level);
  const std::uint32_t replies = slot.replies - before;
  if (s.failures == 0) {
    s.since = failures->first;
    const bool replied_before = slot.replies != 0 && slot.first_reply < failures->first;
    s.last_reply = replied_before ? std::min(slot.last_reply, failures->first) : reply;
  }
  s.replies += replies;
  s.failures += failures->count;
  s.last_failure = failures->last;
  s.sum +=
      weight(replies + failures->count) * (static_cast<double>(failures->likelihood[level]) - replies * kReply[level]);
  if (s.sum <= 0) s = {};
}

std::uint64_t LossSlots::left_out(const Verdicts& verdicts) const {
  std::uint64_t left_out = 0;
  if (failures_ == 0) return left_out;
  for (std::size_t at = 0; at < kSlots; ++at) {
    const Failures* const failures = failures_of(at);
    if (failures == nullptr || !verdicts.ill_during(failures->first, failures->last)) continue;
    left_out |= std::uint64_t{1} << at;
  }
  return left_out;
}

std::array<Suspicion, kLossLevels.size()> LossSlots::judge(const Verdicts& verdicts) const {
  if (quiet()) return carried_;
  // Verdicts on our own side are reached later, and reach back.
  const std::uint64_t left_out = this->left_out(verdicts);
  if (judged_ && left_out == last_look_.left_out) return last_look_.sums;
  std::array<Suspicion, kLossLevels.size()> all = carried_;
  Instant reply = carried_reply_;
  for (std::size_t back = used_; back-- != 0;) {
    const std::size_t at = (newest_ + kSlots - back) % kSlots;
    if ((left_out >> at & 1U) != 0) continue;
    const Slot& slot = slots_[at];
    const Failures* const failures = failures_of(at);
    for (std::size_t level = 0; level < all.size(); ++level) advance(all[level], slot, failures, level, reply);
    if (slot.replies != 0) reply = slot.last_reply;
  }
  last_look_ = {all, left_out};
  judged_ = true;
  return all;
}

}  // namespace blipd
