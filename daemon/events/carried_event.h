// Events that were open when the daemon last stopped, and what becomes of them. Nobody watched in between, so where
// they ended is known no better than that. Pure.
#pragma once

#include "daemon/events/logged_event.h"
#include "probes/clock.h"

namespace blipd {

struct CarriedEvent {
  LoggedEvent event;
  WallTime watched_until{};  ///< the last moment at which that run is known to have watched
};

/// Whether what is told of the same network now can be the event that was seen before.
bool goes_on_as(const CarriedEvent& carried, const Event& event);
/// The event going on as `event`, in a run that started at `started`: under its own id, with what both runs have seen.
LoggedEvent continue_event(const CarriedEvent& carried, const Event& event, WallTime started, const WallAnchor& anchor);
/// The event, over by the time `known_over`.
LoggedEvent close_event(const CarriedEvent& carried, WallTime known_over, WallTime started);

}  // namespace blipd
