// The memory of events: those that are open, and the newest of those that have ended.
//
// The log gives an event its id and its times outside. Each moment is turned into a time of the wall clock once, when
// it is first told. Where the engine corrects a moment, the time moves by as much as the instant did. An event during
// which the wall clock is set moves along with what is told of it next: else it would be an hour too long, or end
// before it began. What has ended stays where it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/events/carried_event.h"
#include "daemon/events/event_store.h"
#include "daemon/events/logged_event.h"
#include "daemon/store/snapshot.h"

namespace blipd {

/// An event before and after something was told of it.
struct EventChange {
  LoggedEventPtr before;  ///< null: it is new
  LoggedEventPtr now;
};

class EventLog {
 public:
  /// Ended events that are kept.
  static constexpr std::size_t kKept = 10000;

  struct Options {
    WallTime started{};                 ///< of this run: ids are made from it
    std::size_t kept = kKept;           ///< ended events, at least 1
    EventRecorder* recorder = nullptr;  ///< outlives the log, as the source does; null: none
    EventSource* source = nullptr;
  };

  explicit EventLog(const Options& options);

  /// Ids that this run gives are above it, those of runs before below.
  std::uint64_t first_id() const { return first_id_; }
  /// Takes over what the last run left open. Before the first `apply`.
  void restore(const std::vector<CarriedEvent>& carried);

  /// What the engine told; an event that has ended stays ended. One change, or two if the event puts an end to one that
  /// the last run left open. Control thread.
  std::vector<EventChange> apply(const Event& event, const std::string& vantage, const WallAnchor& anchor);
  /// Ends what the last run left open and what is over by now: its network is up, or is not watched any more. Control
  /// thread.
  std::vector<EventChange> settle(const Snapshot& snapshot);

  /// Oldest first. Asks the source as well where memory does not reach; if it fails, so does this. Any thread.
  Result<std::vector<LoggedEventPtr>> find(const EventQuery& query) const;
  /// Open events, oldest first. Any thread.
  std::vector<LoggedEventPtr> open() const;
  /// The `most` events that ended last, newest end first. Any thread.
  std::vector<LoggedEventPtr> ended(std::size_t most) const;

 private:
  LoggedEventPtr known(std::uint64_t id) const;
  LoggedEvent told(const Event& event, const std::string& vantage, const WallAnchor& anchor) const;
  EventChange keep(LoggedEvent event);

  const WallTime started_;
  const std::uint64_t first_id_;
  const std::size_t kept_;
  EventRecorder* const recorder_;
  EventSource* const source_;

  // Control thread only.
  std::map<std::string, CarriedEvent> carried_;      ///< by network; the vantage's by ""
  std::map<std::uint64_t, CarriedEvent> continued_;  ///< by the engine's id of the event as which they go on
  std::map<std::string, WallTime> settled_;          ///< when that ended which `settle` has closed, by network

  mutable std::mutex mutex_;                        // guards those below
  std::map<std::uint64_t, LoggedEventPtr> events_;  ///< by public id
  std::deque<std::uint64_t> ended_;                 ///< in the order of their ends' telling
  WallTime complete_since_;                         ///< what is not in memory ended before
};

}  // namespace blipd
