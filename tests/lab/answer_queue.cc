#include "tests/lab/answer_queue.h"

#include <algorithm>
#include <utility>

namespace blipd::lab {

bool AnswerQueue::later(const Entry& a, const Entry& b) {
  return std::pair(a.packet.at, a.number) > std::pair(b.packet.at, b.number);
}

void AnswerQueue::push(PlannedPacket packet) {
  heap_.push_back({std::move(packet), pushed_++});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

std::optional<PlannedPacket> AnswerQueue::pop_due(Elapsed now) {
  if (heap_.empty() || heap_.front().packet.at > now) return std::nullopt;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  PlannedPacket packet = std::move(heap_.back().packet);
  heap_.pop_back();
  return packet;
}

}  // namespace blipd::lab
