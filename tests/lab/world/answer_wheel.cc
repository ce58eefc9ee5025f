#include "tests/lab/world/answer_wheel.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace blipd::lab {

std::span<std::uint8_t> AnswerWheel::room() {
  if (room_ == kNone) {
    if (free_ == kNone) {
      const std::size_t known = chunks_.size() * kChunk;
      if (known >= most_) return {};
      // Not filled with zeros: pages that no answer needs stay untouched.
      chunks_.emplace_back(new Answer[kChunk]);
      for (std::size_t i = std::min(kChunk, most_ - known); i-- > 0;) free(static_cast<std::uint32_t>(known + i));
    }
    room_ = free_;
    free_ = at(room_).next;
  }
  return at(room_).bytes;
}

void AnswerWheel::push(std::size_t size, Elapsed at_time) {
  const std::uint32_t number = std::exchange(room_, kNone);
  Answer& answer = at(number);
  answer.size = static_cast<std::uint32_t>(size);
  answer.tick = (static_cast<std::uint64_t>(at_time.count()) + (std::uint64_t{1} << kTickBits) - 1) >> kTickBits;
  ++waiting_;
  place(number);
}

std::span<const std::uint8_t> AnswerWheel::pop_due(Elapsed now) {
  if (shown_ != kNone) free(std::exchange(shown_, kNone));
  if (due_.first == kNone) advance(static_cast<std::uint64_t>(now.count()) >> kTickBits);
  if (due_.first == kNone) return {};
  shown_ = due_.first;
  const Answer& answer = at(shown_);
  due_.first = answer.next;
  --waiting_;
  return std::span(answer.bytes).first(answer.size);
}

std::optional<Elapsed> AnswerWheel::next_at() const {
  if (due_.first != kNone) return Elapsed(static_cast<std::int64_t>(tick_ << kTickBits));
  const std::optional<Place> next = earliest();
  if (!next) return std::nullopt;
  return Elapsed(static_cast<std::int64_t>(next->tick << kTickBits));
}

void AnswerWheel::free(std::uint32_t number) {
  at(number).next = free_;
  free_ = number;
}

void AnswerWheel::append(List& list, std::uint32_t number) {
  at(number).next = kNone;
  if (list.first == kNone) {
    list.first = number;
  } else {
    at(list.last).next = number;
  }
  list.last = number;
}

// The wheel is that of the highest bits in which the answer's tick differs from the present one.
void AnswerWheel::place(std::uint32_t number) {
  const std::uint64_t tick = std::max(at(number).tick, tick_);
  const std::uint64_t differs = tick ^ tick_;
  const unsigned level = differs == 0 ? 0 : static_cast<unsigned>(std::bit_width(differs) - 1) / kSlotBits;
  const std::size_t slot = tick >> (level * kSlotBits) & (kSlots - 1);
  append(wheels_[level].slots[slot], number);
  wheels_[level].occupied[slot / 64] |= std::uint64_t{1} << (slot % 64);
}

// What lies in a lower wheel is before everything in the wheels above it.
std::optional<AnswerWheel::Place> AnswerWheel::earliest() const {
  for (unsigned level = 0; level < kLevels; ++level) {
    const auto& occupied = wheels_[level].occupied;
    for (std::size_t word = 0; word < occupied.size(); ++word) {
      if (occupied[word] == 0) continue;
      const std::size_t slot = word * 64 + static_cast<std::size_t>(std::countr_zero(occupied[word]));
      const unsigned above = (level + 1) * kSlotBits;
      return Place{level, slot, (tick_ >> above) << above | std::uint64_t{slot} << (level * kSlotBits)};
    }
  }
  return std::nullopt;
}

void AnswerWheel::advance(std::uint64_t tick) {
  for (auto next = earliest(); next && next->tick <= tick; next = earliest()) {
    Wheel& wheel = wheels_[next->level];
    const List list = std::exchange(wheel.slots[next->slot], {});
    wheel.occupied[next->slot / 64] &= ~(std::uint64_t{1} << (next->slot % 64));
    tick_ = std::max(tick_, next->tick);
    if (next->level == 0) {
      // The ticks of one slot of the first wheel are one; its answers are due as they lie.
      if (due_.first == kNone) {
        due_ = list;
      } else {
        at(due_.last).next = list.first;
        due_.last = list.last;
      }
      continue;
    }
    for (std::uint32_t number = list.first; number != kNone;) {
      const std::uint32_t following = at(number).next;
      place(number);
      number = following;
    }
  }
  tick_ = std::max(tick_, tick);
}

}  // namespace blipd::lab
