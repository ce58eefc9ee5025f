// What the daemon keeps over restarts, below --storage.path: puts what is to be kept before the storage thread, and
// tells of the disk.
//
// Probing goes on whatever the disk does. With the path "none" nothing is kept and nothing counted.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/events/carried_event.h"
#include "daemon/events/event_store.h"
#include "daemon/export/storage_metrics.h"
#include "daemon/service/logging.h"
#include "daemon/storage/storage.h"
#include "daemon/storage/storage_thread.h"

namespace blipd {

class StateKeeper {
 public:
  static constexpr const char* kNowhere = "none";
  static constexpr auto kWatchedPause = std::chrono::seconds(10);

  /// `log` outlives the keeper.
  StateKeeper(const std::string& directory, Log& log);

  /// For the log of events; null where nothing is kept.
  EventRecorder* recorder() { return thread_.get(); }
  EventSource* source() { return source_.get(); }

  /// Opens the file, which takes some seconds for each gigabyte, and starts the thread. What the last run left open;
  /// empty if the file cannot be read now. Control thread, before the first event.
  std::vector<CarriedEvent> start(const StorageConfig& config);
  void set_limits(const StorageConfig& config);
  /// The daemon watched until `watched`; written every ten seconds. Control thread.
  void watched_until(WallTime watched);
  /// The daemon watched until `watched` and watches no more. Writes what fits into `patience` and closes the file.
  /// False: the disk holds it up, and the process has to end without it.
  bool stop(WallTime watched, std::chrono::milliseconds patience);

  /// Any thread.
  StorageFigures figures() const;

 private:
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<StorageThread> thread_;
  std::unique_ptr<EventSource> source_;
  WallTime told_{};  ///< the last moment that was put
};

}  // namespace blipd
