#include "daemon/storage/retention.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "daemon/storage/wall_microseconds.h"

namespace blipd {
namespace {

constexpr std::int64_t kRowsAtOnce = 1000;
constexpr std::int64_t kPagesAtOnce = 1000;
/// Half a megabyte that stays, whatever else fills the file: to delete these would make no room to speak of.
constexpr std::int64_t kNewestEvents = 1000;

/// Deletes rows of `table` that `condition` names by one time, and says how many.
StorageResult<std::int64_t> delete_before(Database& database, const std::string& table, const std::string& column,
                                          WallTime before) {
  const std::string key = table == "events" ? "id" : "key";
  StorageResult<Statement> statement =
      database.prepare("DELETE FROM " + table + " WHERE " + key + " IN (SELECT " + key + " FROM " + table + " WHERE " +
                       column + " < ? LIMIT " + std::to_string(kRowsAtOnce) + ")");
  if (statement.has_error()) return statement.error();
  if (auto done = statement->bind(to_microseconds(before)).run(); done.has_error()) return done.error();
  return database.changes();
}

StorageResult<std::int64_t> delete_oldest_events(Database& database) {
  const StorageResult<std::int64_t> ended = database.number("SELECT count(*) FROM events WHERE end IS NOT NULL");
  if (ended.has_error()) return ended.error();
  const std::int64_t most = std::min(kRowsAtOnce, *ended - kNewestEvents);
  if (most <= 0) return std::int64_t{0};
  const auto done = database.run(
      "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE end IS NOT NULL ORDER BY "
      "end LIMIT " +
      std::to_string(most) + ")");
  if (done.has_error()) return done.error();
  return database.changes();
}

}  // namespace

StorageResult<std::uint64_t> file_size(Database& database) {
  const StorageResult<std::int64_t> pages = database.number("PRAGMA page_count");
  if (pages.has_error()) return pages.error();
  const StorageResult<std::int64_t> page_size = database.number("PRAGMA page_size");
  if (page_size.has_error()) return page_size.error();
  return static_cast<std::uint64_t>(*pages * *page_size);
}

StorageResult<bool> tidy(Database& database, const StorageLimits& limits, WallTime now) {
  const auto ago = [now](Duration d) { return now - std::chrono::duration_cast<WallTime::duration>(d); };
  const WallTime oldest = ago(limits.retention);
  bool more = false;
  for (const auto& [table, column, before] :
       {std::tuple{"events", "end", oldest}, std::tuple{"hosts", "saved_at", oldest},
        std::tuple{"windows", "saved_at", ago(std::chrono::hours(24))}}) {
    const StorageResult<std::int64_t> deleted = delete_before(database, table, column, before);
    if (deleted.has_error()) return deleted.error();
    more = more || *deleted == kRowsAtOnce;
  }
  const StorageResult<std::uint64_t> size = file_size(database);
  if (size.has_error()) return size.error();
  const StorageResult<std::int64_t> free_pages = database.number("PRAGMA freelist_count");
  if (free_pages.has_error()) return free_pages.error();
  if (*free_pages > 0) {
    const auto freed = database.run("PRAGMA incremental_vacuum(" + std::to_string(kPagesAtOnce) + ")");
    if (freed.has_error()) return freed.error();
    const StorageResult<std::int64_t> left = database.number("PRAGMA freelist_count");
    if (left.has_error()) return left.error();
    if (*left < *free_pages) return more || *left > 0 || *size > limits.max_size;
  }
  if (more || *size <= limits.max_size) return more;
  const StorageResult<std::int64_t> deleted = delete_oldest_events(database);
  if (deleted.has_error()) return deleted.error();
  return *deleted > 0;
}

}  // namespace blipd
