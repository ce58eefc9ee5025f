// From states to events: each network's open episode, and our own.
//
// At most one event of a network is open. Total loss is an outage while it lasts and a blip if it ended within
// `blip`. While nothing is known of a network its event stays open: silence of ours is no end of theirs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "daemon/store/event.h"
#include "daemon/store/snapshot.h"
#include "probes/clock.h"

namespace blipd {

/// What an event rests on, when it is told.
struct EventEvidence {
  Instant since{};             ///< when what led to the state began: send time of the first probe that shows it
  Duration uncertainty{};      ///< to the last probe before it that did not
  std::uint64_t probes = 0;    ///< background probes of the network booked so far
  std::uint64_t failures = 0;  ///< and those of them that failed
  std::uint64_t hosts_affected = 0;
  std::uint64_t hosts_total = 0;
};

/// Probing thread only. Pure.
class EventBook {
 public:
  /// `told` is called when an event opens, and when it has ended.
  explicit EventBook(std::function<void(const Event&)> told) : told_(std::move(told)) {}

  void set_blip(Duration blip) { blip_ = blip; }
  /// The network has entered this state.
  void on_state(const std::string& network, State state, const EventEvidence& evidence, Instant now);
  /// The network is not watched any more.
  void on_removed(const std::string& network, Instant now);
  /// The verdict on our own vantage; `since` is when it began to hold.
  void on_vantage(bool ok, Instant since, Instant now);

 private:
  struct Open {
    Event event;
    std::uint64_t probes_before = 0;
    std::uint64_t failures_before = 0;
  };

  void open(const std::string& network, EventClass event_class, const EventEvidence& evidence, Instant now);
  void close(Open& open, const EventEvidence& evidence);

  std::function<void(const Event&)> told_;
  Duration blip_ = std::chrono::minutes(2);
  std::uint64_t next_id_ = 1;
  std::map<std::string, Open> open_;  ///< by network
  std::optional<Event> vantage_;
};

}  // namespace blipd
