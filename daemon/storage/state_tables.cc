#include "daemon/storage/state_tables.h"

#include <string>
#include <utility>

#include "daemon/storage/wall_microseconds.h"

namespace blipd {
namespace {

StorageResult<void> write_rows(Database& database, std::string_view table, const std::vector<StateRow>& rows) {
  StorageResult<Statement> statement =
      database.prepare("INSERT OR REPLACE INTO " + std::string(table) + "(key, saved_at, data) VALUES(?,?,?)");
  if (statement.has_error()) return statement.error();
  for (const StateRow& row : rows) {
    statement->bind(row.key).bind(to_microseconds(row.saved_at)).bind(Bytes(row.data));
    if (auto written = statement->run(); written.has_error()) return written;
  }
  return {};
}

StateRow read_row(const Statement& statement) {
  const Bytes data = statement.blob(2);
  return {statement.number(0), from_microseconds(statement.number(1)).value_or(WallTime{}), {data.begin(), data.end()}};
}

}  // namespace

StorageResult<void> write_windows(Database& database, const WindowsBatch& batch) {
  if (auto set = database.run("PRAGMA synchronous=NORMAL"); set.has_error()) return set;
  return in_transaction(database, [&]() -> StorageResult<void> {
    if (auto written = write_rows(database, "windows", batch.rows); written.has_error()) return written;
    StorageResult<Statement> statement =
        database.prepare("INSERT OR REPLACE INTO moments(name, time) VALUES('watched_until', ?)");
    if (statement.has_error()) return statement.error();
    return statement->bind(to_microseconds(batch.watched_until)).run();
  });
}

StorageResult<void> write_hosts(Database& database, const StateRow& row) {
  if (auto set = database.run("PRAGMA synchronous=NORMAL"); set.has_error()) return set;
  return in_transaction(database, [&] { return write_rows(database, "hosts", {row}); });
}

StorageResult<std::vector<StateRow>> read_windows(Database& database) {
  StorageResult<Statement> statement = database.prepare("SELECT key, saved_at, data FROM windows");
  if (statement.has_error()) return statement.error();
  std::vector<StateRow> rows;
  while (true) {
    const StorageResult<bool> row = statement->step();
    if (row.has_error()) return row.error();
    if (!*row) return rows;
    rows.push_back(read_row(*statement));
  }
}

StorageResult<std::optional<StateRow>> read_hosts(Database& database, std::int64_t key) {
  StorageResult<Statement> statement = database.prepare("SELECT key, saved_at, data FROM hosts WHERE key = ?");
  if (statement.has_error()) return statement.error();
  const StorageResult<bool> row = statement->bind(key).step();
  if (row.has_error()) return row.error();
  if (!*row) return std::optional<StateRow>();
  return std::optional(read_row(*statement));
}

StorageResult<std::optional<WallTime>> read_watched_until(Database& database) {
  StorageResult<Statement> statement = database.prepare("SELECT time FROM moments WHERE name = 'watched_until'");
  if (statement.has_error()) return statement.error();
  const StorageResult<bool> row = statement->step();
  if (row.has_error()) return row.error();
  if (!*row) return std::optional<WallTime>();
  return from_microseconds(statement->number(0));
}

}  // namespace blipd
