#include "daemon/service/event_desk.h"

#include <utility>

#include "daemon/export/event_json.h"

namespace blipd {

EventDesk::EventDesk(Log& log, const EventLog::Options& options, std::function<void()> wake)
    : state_log_(log),
      event_lines_(log),
      inbox_(std::move(wake)),
      events_(options),
      changes_(std::make_shared<ChangeFeed>(events_.first_id() + 1)) {}

void EventDesk::take(const std::string& vantage, const WallAnchor& anchor) {
  for (const Event& event : inbox_.take()) {
    for (const EventChange& change : events_.apply(event, vantage, anchor)) tell(change);
  }
}

void EventDesk::compare(const Snapshot& snapshot) {
  state_log_.compare(snapshot);
  for (const EventChange& change : events_.settle(snapshot)) tell(change);
  for (const std::string& change : state_changes_.compare(snapshot)) changes_->add("state", change);
}

void EventDesk::tell(const EventChange& change) {
  event_lines_.write(change);
  changes_->add("event", render_event_json(*change.now));
}

}  // namespace blipd
