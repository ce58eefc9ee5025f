// What waits to be written. It takes anything at once from any thread, however long the disk is away, and its size is
// bounded by what there is to know and not by how often it changes: of an event, of the windows and of each network's
// hosts only the newest is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "daemon/events/event_store.h"
#include "daemon/storage/state_tables.h"

namespace blipd {

struct WriteBatch {
  std::vector<LoggedEventPtr> events;  ///< in the order of their ids
  std::optional<WindowsBatch> windows;
  std::vector<StateRow> hosts;
  bool empty() const { return events.empty() && !windows && hosts.empty(); }
  std::size_t size() const { return events.size() + (windows ? 1 : 0) + hosts.size(); }
};

class WriteQueue {
 public:
  /// Different events that may wait: some 100 MB. Beyond it, with a disk that was away for a very long time, the oldest
  /// is dropped and counted.
  static constexpr std::size_t kMostEvents = 100'000;

  explicit WriteQueue(std::size_t most_events = kMostEvents) : most_events_(most_events) {}

  void put(const LoggedEventPtr& event);
  void put(WindowsBatch windows);
  void put(StateRow hosts);

  /// Everything that waits. It counts as waiting until `written` or `give_back`.
  WriteBatch take();
  /// What of the batch is still to be written. Where something newer has come meanwhile, that stays.
  void give_back(WriteBatch batch);
  /// The batch, or what was not given back of it, is in the file.
  void written();

  /// Entries that are not in the file yet.
  std::size_t length() const;
  /// Events dropped so far.
  std::uint64_t dropped() const;

 private:
  void drop_beyond_most();

  const std::size_t most_events_;
  mutable std::mutex mutex_;  // guards all below; held while values change places, never while anything is written
  std::map<std::uint64_t, LoggedEventPtr> events_;
  std::optional<WindowsBatch> windows_;
  std::map<std::int64_t, StateRow> hosts_;
  std::size_t taken_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace blipd
