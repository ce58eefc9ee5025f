// The file: DIR/blipd.db, one SQLite database in WAL mode, and the lock beside it that keeps a second blipd off.
//
// A file that cannot be used is never an obstacle: one that is not sound, not ours, or written by a newer blipd is
// renamed, with its write-ahead log, to blipd.db.REASON-TIME, and an empty one takes its place. Of each reason the
// newest three are kept, so that a disk that spoils every file does not fill up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "daemon/storage/sqlite.h"
#include "probes/clock.h"

namespace blipd {

inline constexpr const char* kStateFileName = "/blipd.db";
/// The layout of the tables, as PRAGMA user_version.
inline constexpr std::int64_t kStateVersion = 1;

/// Keeps a second blipd from the same directory until it is destroyed or the process ends, however it ends.
class StateLock {
 public:
  static StorageResult<StateLock> take(const std::string& directory);
  /// False if the lock was removed, or its directory: another blipd would not see it any more.
  bool holds(const std::string& directory) const;
  ~StateLock();
  StateLock(StateLock&& other) noexcept;
  StateLock& operator=(StateLock&&) = delete;

 private:
  explicit StateLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

/// A file that was put out of the way.
struct MovedAside {
  StorageFault fault = StorageFault::corrupt;
  std::string why;
  std::string to;
};

struct OpenedStateFile {
  Database database;
  std::uint64_t inode = 0;
  std::optional<MovedAside> moved_aside;
  bool has_log = true;  ///< while it is open; false: opened to read, and nobody writes
};

/// Opens the file, checks it whole, and brings its tables up to date; makes it if it is not there.
StorageResult<OpenedStateFile> open_state_file(const std::string& directory, WallTime now);

/// For a file that turns out not to be sound while it is used. Close every connection of this process before.
StorageResult<MovedAside> move_aside(const std::string& directory, const StorageError& why, WallTime now);

/// Whether the path leads to another file than that, or to none.
bool is_replaced(const std::string& directory, std::uint64_t inode);

/// Opens the file for reading, with a daemon running on it or not. Changes nothing.
StorageResult<OpenedStateFile> open_state_file_to_read(const std::string& directory);

}  // namespace blipd
