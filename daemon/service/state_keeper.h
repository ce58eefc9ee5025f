// What the daemon keeps over restarts, below --storage.path: puts what is to be kept before the storage thread, and
// tells of the disk.
//
// Probing goes on whatever the disk does. With the path "none" nothing is kept and nothing counted.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "daemon/config/config.h"
#include "daemon/events/carried_event.h"
#include "daemon/events/event_store.h"
#include "daemon/export/storage_metrics.h"
#include "daemon/service/logging.h"
#include "daemon/service/restored_state.h"
#include "daemon/storage/storage.h"
#include "daemon/storage/storage_thread.h"

namespace blipd {

class StateKeeper {
 public:
  static constexpr const char* kNowhere = "none";

  /// `log` outlives the keeper.
  StateKeeper(const std::string& directory, Log& log);

  /// For the log of events; null where nothing is kept.
  EventRecorder* recorder() { return thread_.get(); }
  EventSource* source() { return source_.get(); }

  /// Opens the file, which takes some seconds for each gigabyte, gives what the last run kept (as `restore_state`) and
  /// starts the thread. What that run left open; empty, and nothing is given, if the file cannot be read now. Control
  /// thread, before the first event.
  std::vector<CarriedEvent> start(const Config& config, const WallAnchor& now,
                                  const std::function<void(RestoredState)>& give);
  void set_limits(const StorageConfig& config);
  /// Whether anything is kept.
  bool keeps() const { return storage_ != nullptr; }
  // Have it written. Any thread.
  void put(WindowsBatch windows);
  void put(StateRow hosts);
  /// Writes what fits into `patience` and closes the file. False: the disk holds it up, and the process has to end
  /// without it.
  bool stop(std::chrono::milliseconds patience);

  /// Any thread.
  StorageFigures figures() const;

 private:
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<StorageThread> thread_;
  std::unique_ptr<EventSource> source_;
};

}  // namespace blipd
