// What was kept over a restart, turned into what the engine takes over.
#pragma once

#include <functional>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/engine/kept_state.h"
#include "daemon/events/carried_event.h"
#include "daemon/storage/storage.h"

namespace blipd {

/// Gives what the file holds of the networks and modules that are configured now, one network after the other, so that
/// no more than one is in memory twice. Times of the wall clock become instants by `now`: what lies after it, because
/// the clock was set back, is not taken over. Reads the file; before its thread is started.
void restore_state(Storage& storage, const Config& config, const std::vector<CarriedEvent>& carried,
                   const WallAnchor& now, const std::function<void(RestoredState)>& give);

}  // namespace blipd
