// Writes down what is worth knowing of events: that one opened, that its class changed, that it ended.
#pragma once

#include "daemon/events/event_log.h"
#include "daemon/service/logging.h"

namespace blipd {

/// One line for each change of note, none for a change of counts or evidence alone. Any thread but the probing thread.
class EventLines {
 public:
  explicit EventLines(Log& log) : log_(log) {}

  void write(const EventChange& change);

 private:
  Log& log_;
};

}  // namespace blipd
