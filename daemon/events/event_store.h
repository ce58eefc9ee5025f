// What the log needs of a store that outlives the daemon. Without one, events live in memory alone.
#pragma once

#include <vector>

#include "daemon/events/logged_event.h"
#include "probes/result.h"

namespace blipd {

/// Told of each change of each event.
class EventRecorder {
 public:
  virtual ~EventRecorder() = default;
  /// The event as it is now, in place of whatever was recorded under its id. Control thread, which it must not hold up:
  /// writing is for another thread.
  virtual void record(const LoggedEventPtr& event) = 0;
};

/// Gives back what was recorded.
class EventSource {
 public:
  virtual ~EventSource() = default;
  /// The events that match, of more than `query.limit` those that started last; in any order. Thread of whoever asks
  /// the log.
  virtual Result<std::vector<LoggedEventPtr>> find(const EventQuery& query) = 0;
};

}  // namespace blipd
