// Where events and changes of states go: into the memory of events, the log of the daemon, and the stream.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/events/event_inbox.h"
#include "daemon/events/event_log.h"
#include "daemon/export/change_feed.h"
#include "daemon/export/state_changes.h"
#include "daemon/service/event_lines.h"
#include "daemon/service/logging.h"
#include "daemon/service/state_log.h"

namespace blipd {

/// Control thread, but for what says otherwise.
class EventDesk {
 public:
  /// `wake` has `take` called soon on the control thread; it is called on the probing thread.
  EventDesk(Log& log, const EventLog::Options& options, std::function<void()> wake);

  /// What the engine tells. Probing thread.
  void put(const Event& event) { inbox_.put(event); }
  /// Handles what was put. `vantage` is our name now.
  void take(const std::string& vantage, const WallAnchor& anchor);
  /// A snapshot that was not seen before.
  void compare(const Snapshot& snapshot);

  /// The memory of events. Any thread may read.
  EventLog& events() { return events_; }
  /// Any thread may read.
  std::shared_ptr<const ChangeFeed> changes() const { return changes_; }

 private:
  void tell(const EventChange& change);

  StateLog state_log_;
  EventLines event_lines_;
  EventInbox inbox_;
  EventLog events_;
  const std::shared_ptr<ChangeFeed> changes_;
  StateChanges state_changes_;
};

}  // namespace blipd
