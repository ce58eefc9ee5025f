// What the engine gives away to be kept over a restart, in pieces that are copied between two steps, and what it takes
// back when it starts. Plain data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/store/availability.h"
#include "daemon/store/event.h"
#include "daemon/store/loss_pairs.h"
#include "daemon/store/target.h"
#include "daemon/store/window.h"

namespace blipd {

/// The windows of one network and module, and what else is counted over time.
struct ModuleWindows {
  std::string network;
  std::string module;
  std::vector<Duration> lengths;
  std::vector<Window> windows;        ///< parallel to `lengths`
  std::vector<LossPairs> loss_pairs;  ///< likewise
  Availability availability;
};

/// Some of all windows. Blocks are visited in the order of their numbers, which are never given again: a walk misses
/// none that was there all the while, whatever is configured meanwhile.
struct WindowsPiece {
  std::vector<ModuleWindows> modules;
  std::uint32_t next = 0;  ///< where the next piece begins
  bool last = false;       ///< there is none
};

/// Where a walk over the hosts of a network has come to.
struct HostsPosition {
  std::uint32_t block = 0;
  Address host;  ///< the next one of that block, or where it would stand
};

/// Some of the hosts of a network, of one module.
struct HostsPiece {
  std::string module;
  std::vector<TargetState> hosts;
  std::vector<std::string> names;  ///< parallel to `hosts`, where the module asks by name; else empty
  /// Where the network has per_host_metrics; else both are empty.
  std::vector<Duration> lengths;
  std::vector<std::vector<Window>> windows;  ///< parallel to `hosts`, each as `lengths`
  HostsPosition next;
  bool last = false;  ///< of all hosts of the network, or there is no such network
};

/// What windows held, with their lengths.
using RestoredWindows = std::vector<std::pair<Duration, WindowContents>>;

/// A host as an earlier run knew it.
struct RestoredHost {
  TargetState known;      ///< its address, and what was known of it
  std::int64_t name = 0;  ///< RestoredState::name_key of the name by which it is asked; 0: by its address
  RestoredWindows windows{};
};

struct RestoredModule {
  std::string network;
  std::string module;
  RestoredWindows windows;
  std::vector<RestoredHost> hosts;
  RestoredWindows after_loss{};  ///< LossPairs::contents, with the lengths of their windows
  bool lost_before = false;      ///< LossPairs::lost_before
  /// With their places in kAvailabilityRules.
  std::vector<std::pair<std::size_t, AvailabilityContents>> availability{};
};

/// An event that was open when an earlier run last watched. The instants in it are of this run's clock, and may lie
/// before the machine started.
struct RestoredEvent {
  Event open;
  Instant watched_until{};
};

struct RestoredState {
  std::vector<RestoredModule> modules;
  std::vector<RestoredEvent> events;
  std::int64_t (*name_key)(std::string_view name) = nullptr;
};

}  // namespace blipd
