// The events on the landing page: those that are open, and the last few that ended.
#pragma once

#include <string>
#include <vector>

#include "daemon/events/logged_event.h"

namespace blipd {

struct RecentEvents {
  std::vector<LoggedEventPtr> open;   ///< oldest first
  std::vector<LoggedEventPtr> ended;  ///< newest end first
};

/// A section of HTML; empty without any event. `now` is the time of the page.
std::string render_recent_events(const RecentEvents& events, WallTime now);

}  // namespace blipd
