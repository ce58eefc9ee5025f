// Planned answers in the order in which they leave.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/lab/planned_packet.h"

namespace blipd::lab {

/// Answers that wait for their time: a heap by time, then by the order in which they were planned.
class AnswerQueue {
 public:
  void push(PlannedPacket packet);
  bool empty() const { return heap_.empty(); }
  /// Of the next answer; call only if not empty.
  Elapsed next_at() const { return heap_.front().packet.at; }
  /// The next answer if its time has come.
  std::optional<PlannedPacket> pop_due(Elapsed now);

 private:
  struct Entry {
    PlannedPacket packet;
    std::uint64_t number = 0;
  };
  static bool later(const Entry& a, const Entry& b);

  std::vector<Entry> heap_;
  std::uint64_t pushed_ = 0;
};

}  // namespace blipd::lab
