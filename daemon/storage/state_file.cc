#include "daemon/storage/state_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

namespace blipd {
namespace {

namespace fs = std::filesystem;

/// PRAGMA application_id, by which file(1) and we know our files: "blip".
constexpr std::int64_t kApplicationId = 0x626c6970;
constexpr std::size_t kKeptAside = 3;
constexpr const char* kLockName = "/blipd.lock";

/// From each version to the next. What is here is never changed: files of that version exist.
constexpr std::array<const char*, kStateVersion> kMigrations{
    // Times are microseconds since 1970, durations microseconds.
    "CREATE TABLE events(id INTEGER PRIMARY KEY, vantage TEXT NOT NULL, network TEXT NOT NULL, class TEXT NOT NULL,"
    " pattern TEXT NOT NULL, cause TEXT NOT NULL, start INTEGER NOT NULL, start_uncertainty INTEGER NOT NULL,"
    " end INTEGER, end_uncertainty INTEGER NOT NULL, detected_at INTEGER NOT NULL, unwatched INTEGER NOT NULL,"
    " probes INTEGER NOT NULL, failures INTEGER NOT NULL, hosts_affected INTEGER NOT NULL,"
    " hosts_total INTEGER NOT NULL, evidence TEXT NOT NULL);"
    "CREATE INDEX events_by_start ON events(start);"
    "CREATE INDEX events_by_network ON events(network, start);"
    "CREATE INDEX events_by_end ON events(end);"
    "CREATE TABLE windows(key INTEGER PRIMARY KEY, saved_at INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE hosts(key INTEGER PRIMARY KEY, saved_at INTEGER NOT NULL, data BLOB NOT NULL);"
    "CREATE TABLE moments(name TEXT PRIMARY KEY, time INTEGER NOT NULL) WITHOUT ROWID;"};

StorageError not_sound(std::string message) { return {StorageFault::corrupt, std::move(message)}; }

StorageResult<void> migrate(Database& database) {
  const StorageResult<std::int64_t> version = database.number("PRAGMA user_version");
  if (version.has_error()) return version.error();
  if (*version == kStateVersion) return {};
  return in_transaction(database, [&]() -> StorageResult<void> {
    for (std::int64_t from = *version; from < kStateVersion; ++from) {
      if (auto done = database.run(kMigrations[static_cast<std::size_t>(from)]); done.has_error()) return done;
    }
    return database.run("PRAGMA application_id=" + std::to_string(kApplicationId) +
                        ";PRAGMA user_version=" + std::to_string(kStateVersion));
  });
}

/// Whether the file is sound and of a version that we know. An empty file is.
StorageResult<void> check(Database& database) {
  const StorageResult<std::int64_t> version = database.number("PRAGMA user_version");
  if (version.has_error()) return version.error();
  const StorageResult<std::int64_t> application = database.number("PRAGMA application_id");
  if (application.has_error()) return application.error();
  const StorageResult<std::int64_t> tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (tables.has_error()) return tables.error();
  if (*version == 0 && *application == 0 && *tables == 0) return {};
  if (*application != kApplicationId) return not_sound("a database of another program");
  if (*version > kStateVersion) {
    return StorageError{StorageFault::newer, "version " + std::to_string(*version) +
                                                 " of the file, and this blipd knows " + std::to_string(kStateVersion)};
  }
  if (*version < 1) return not_sound("version " + std::to_string(*version) + " of the file");
  const StorageResult<std::string> verdict = database.text("PRAGMA quick_check(1)");
  if (verdict.has_error()) return verdict.error();
  if (*verdict != "ok") return not_sound(*verdict);
  return {};
}

StorageResult<Database> open_checked(const std::string& path) {
  StorageResult<Database> database = Database::open(path, Database::Mode::write);
  if (database.has_error()) return database;
  if (auto checked = check(*database); checked.has_error()) return checked.error();
  // Room that deletions free goes back to the disk in steps; can only be chosen before the first table is made.
  for (const char* pragma : {"PRAGMA auto_vacuum=INCREMENTAL", "PRAGMA journal_mode=WAL",
                             "PRAGMA journal_size_limit=16777216", "PRAGMA cache_size=-4096"}) {
    if (auto done = database->run(pragma); done.has_error()) return done.error();
  }
  if (auto migrated = migrate(*database); migrated.has_error()) return migrated.error();
  return database;
}

/// 0 if there is no such file.
std::uint64_t inode_of(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 ? found.st_ino : 0;
}

std::string time_suffix(WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &utc);
  return text.data();
}

/// Removes all but the newest of the files that were put aside for one reason.
void forget_old(const std::string& directory, const std::string& prefix) {
  std::vector<std::string> aside;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && !name.ends_with("-wal")) aside.push_back(entry->path().string());
  }
  std::sort(aside.begin(), aside.end());
  for (std::size_t i = 0; i + kKeptAside < aside.size(); ++i) {
    fs::remove(aside[i], error);
    fs::remove(aside[i] + "-wal", error);
  }
}

}  // namespace

StorageResult<StateLock> StateLock::take(const std::string& directory) {
  const int descriptor = ::open((directory + kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return error_of_errno(errno);
  StateLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return StorageResult<StateLock>(std::move(lock));
  if (errno == EWOULDBLOCK) return StorageError{StorageFault::in_use, "another blipd keeps its state there"};
  return error_of_errno(errno);
}

bool StateLock::holds(const std::string& directory) const {
  struct stat held {};
  struct stat found {};
  return ::fstat(descriptor_, &held) == 0 && ::stat((directory + kLockName).c_str(), &found) == 0 &&
         held.st_ino == found.st_ino && held.st_dev == found.st_dev;
}

StateLock::~StateLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

StateLock::StateLock(StateLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

StorageResult<MovedAside> move_aside(const std::string& directory, const StorageError& why, WallTime now) {
  const std::string path = directory + kStateFileName;
  const std::string reason = std::string(to_string(why.fault));
  std::string to = path + "." + reason + "-" + time_suffix(now);
  std::error_code error;
  for (int i = 2; fs::exists(to, error); ++i)
    to = path + "." + reason + "-" + time_suffix(now) + "." + std::to_string(i);
  // The log first: a database whose log is gone is older than it was, a log without its database is nothing.
  fs::rename(path + "-wal", to + "-wal", error);
  if (error && error != std::errc::no_such_file_or_directory) return error_of_errno(error.value());
  fs::rename(path, to, error);
  if (error) return error_of_errno(error.value());
  fs::remove(path + "-shm", error);
  forget_old(directory, std::string(kStateFileName).substr(1) + "." + reason + "-");
  return MovedAside{why.fault, why.message, to};
}

StorageResult<OpenedStateFile> open_state_file(const std::string& directory, WallTime now) {
  const std::string path = directory + kStateFileName;
  std::optional<MovedAside> moved;
  std::error_code error;
  if (!fs::exists(path, error)) {
    // Somebody has deleted the file; its log would be taken for that of the new one.
    fs::remove(path + "-wal", error);
    fs::remove(path + "-shm", error);
  }
  StorageResult<Database> database = open_checked(path);
  if (database.has_error()) {
    const StorageError why = database.error();
    if (why.fault != StorageFault::corrupt && why.fault != StorageFault::newer) return why;
    StorageResult<MovedAside> done = move_aside(directory, why, now);
    if (done.has_error()) return done.error();
    moved = std::move(done.value());
    database = open_checked(path);
    if (database.has_error()) return database.error();
  }
  return OpenedStateFile{std::move(database.value()), inode_of(path), std::move(moved), true};
}

bool is_replaced(const std::string& directory, std::uint64_t inode) {
  return inode_of(directory + kStateFileName) != inode;
}

StorageResult<OpenedStateFile> open_state_file_to_read(const std::string& directory) {
  const std::string path = directory + kStateFileName;
  std::error_code error;
  if (!fs::exists(path, error)) return error_of_errno(error ? error.value() : ENOENT);
  // Whoever writes has a log beside the file. Without one nobody does, and a reader that made one would leave it
  // behind, owned by whoever has asked.
  const bool has_log = fs::exists(path + "-wal", error);
  const Database::Mode mode = has_log ? Database::Mode::read : Database::Mode::immutable;
  StorageResult<Database> database = Database::open(path, mode);
  if (database.has_error()) return database.error();
  const std::uint64_t inode = inode_of(path);
  const StorageResult<std::int64_t> application = database->number("PRAGMA application_id");
  if (application.has_error()) return application.error();
  if (*application != kApplicationId) return not_sound("no state of blipd");
  const StorageResult<std::int64_t> version = database->number("PRAGMA user_version");
  if (version.has_error()) return version.error();
  if (*version > kStateVersion) return StorageError{StorageFault::newer, "written by a newer blipd"};
  return OpenedStateFile{std::move(database.value()), inode, std::nullopt, has_log};
}

}  // namespace blipd
