// Takes events over from the probing thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "daemon/store/event.h"

namespace blipd {

/// Of one event that changes several times before anybody looks only the newest is kept, so that a reader that is held
/// up costs memory for each event and not for each change, and no end is ever lost.
class EventInbox {
 public:
  /// `wake` is called on the thread of `put` when the inbox was empty; it must not wait.
  explicit EventInbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  /// Copies the event. The lock is held elsewhere only while two vectors change places.
  void put(const Event& event);
  /// What came since the last call, each event once, in the order in which they first came. Any thread.
  std::vector<Event> take();

 private:
  const std::function<void()> wake_;
  std::mutex mutex_;  // guards both below
  std::vector<Event> events_;
  std::unordered_map<std::uint64_t, std::size_t> places_;  ///< in events_, by id
};

}  // namespace blipd
