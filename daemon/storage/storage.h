// What outlives the process: events, windows and hosts, in DIR/blipd.db.
//
// Whoever has something to keep puts it here and goes on; `work` writes it, on whatever thread calls it (in the daemon
// daemon/storage/storage_thread.h). A fault of the disk is never anybody else's: what cannot be written waits, the
// fault is counted and told once, and the next `work` tries again. When one has written everything without a fault,
// that is told as well.
//
// After the end of the process at any moment every event is in the file for which `queue_length` was 0 after it was
// put.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "daemon/events/carried_event.h"
#include "daemon/events/event_store.h"
#include "daemon/storage/retention.h"
#include "daemon/storage/saved_host_windows.h"
#include "daemon/storage/saved_hosts.h"
#include "daemon/storage/state_file.h"
#include "daemon/storage/write_queue.h"

namespace blipd {

/// A line for the log.
struct StorageNotice {
  bool good = false;    ///< an end of trouble, not a beginning
  std::string message;  ///< "state cannot be written; probing goes on"
  std::string reason;   ///< to_string(StorageFault); empty if `good`
  std::string detail;   ///< what the system says, or where a file went
};

/// The hosts of a network, as they were at `saved_at`.
struct SavedNetworkHosts {
  WallTime saved_at{};
  std::vector<SavedModuleHosts> modules;
};

/// For metrics.
struct StorageStatus {
  std::array<std::uint64_t, kStorageFaults> errors{};  ///< by StorageFault
  std::optional<WallTime> last_success;                ///< of the last write
  std::size_t queue_length = 0;
  std::uint64_t file_size = 0;        ///< bytes; 0 while there is no file
  std::optional<StorageFault> fault;  ///< what keeps it from writing now
};

class Storage final : public EventRecorder {
 public:
  struct Options {
    std::string directory;
    StorageLimits limits;
    std::function<void(const StorageNotice&)> notice;  ///< on the thread of `work`
  };

  explicit Storage(Options options);

  // Any thread; none of them waits for the disk.
  void record(const LoggedEventPtr& event) override { queue_.put(event); }
  void put(WindowsBatch windows) { queue_.put(std::move(windows)); }
  void put(StateRow hosts) { queue_.put(std::move(hosts)); }
  void set_limits(const StorageLimits& limits);
  StorageStatus status() const;

  // One thread at a time.

  /// Opens the file if it is not open, writes what waits until `is_late` says that time is up, and tidies if that is
  /// due. True: everything that waited is in the file, and nothing was refused.
  bool work(WallTime now, const std::function<bool()>& is_late);
  /// Whether `work` would have something to do besides what is put.
  bool is_tidy_due(WallTime now) const { return !tidied_ || now - *tidied_ >= kTidyInterval || now < *tidied_; }
  /// Closes the file, with its log written back where nobody else reads it.
  void close();

  /// What the last run left open, if the file could be read by the first `work`. If only a later one can, it is closed
  /// there: it ended at some time since that run last watched.
  const std::vector<CarriedEvent>& carried() const { return carried_; }
  /// What the file holds of windows, of hosts (under the key of their network) and of their windows; nothing while it
  /// cannot be read, or of what cannot be decoded.
  std::vector<StateRow> windows();
  std::optional<SavedNetworkHosts> hosts(std::int64_t network);
  std::vector<SavedHostWindows> host_windows(std::int64_t key);

 private:
  static constexpr auto kTidyInterval = std::chrono::minutes(10);

  StorageResult<void> open(WallTime now);
  StorageResult<void> take_over(WallTime now);
  StorageResult<void> write(WriteBatch& batch, const std::function<bool()>& is_late);
  /// False: it was refused.
  bool tidy_up(WallTime now);
  void fail(const StorageError& error, WallTime now);
  void end_fault();
  void tell_moved(const MovedAside& moved);
  void count(StorageFault fault);

  const Options options_;
  WriteQueue queue_;

  // Of `work`.
  std::optional<StateLock> lock_;
  std::optional<Database> database_;
  bool opened_before_ = false;
  bool tried_before_ = false;
  std::uint64_t inode_ = 0;  ///< of the open file
  std::optional<WallTime> tidied_;
  std::map<std::uint64_t, LoggedEventPtr> open_events_;  ///< as written last, for a file that has to begin anew
  std::vector<CarriedEvent> carried_;

  mutable std::mutex mutex_;  // guards those below
  StorageLimits limits_;
  StorageStatus status_;
};

}  // namespace blipd
