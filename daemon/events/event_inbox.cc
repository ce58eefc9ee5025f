#include "daemon/events/event_inbox.h"

#include <utility>

namespace blipd {

void EventInbox::put(const Event& event) {
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = events_.empty();
    const auto [known, fresh] = places_.try_emplace(event.id, events_.size());
    if (fresh) {
      events_.push_back(event);
    } else {
      events_[known->second] = event;
    }
  }
  if (was_empty) wake_();
}

std::vector<Event> EventInbox::take() {
  std::vector<Event> events;
  std::unordered_map<std::uint64_t, std::size_t> places;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  events.swap(events_);
  places.swap(places_);
  return events;
}

}  // namespace blipd
