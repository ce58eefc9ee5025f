#include "daemon/storage/sqlite.h"

#include <sqlite3.h>

#include <cerrno>

namespace blipd {
namespace {

/// How long a statement waits for somebody who holds the file. Short: what is to be written waits in memory, and a stop
/// may not take longer than a second.
constexpr int kBusyMilliseconds = 200;

StorageFault fault_of(int code, sqlite3* connection, int errno_value) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
      return StorageFault::busy;
    case SQLITE_FULL:
      return StorageFault::full;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return StorageFault::read_only;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    // The layout of the tables is not what the version of the file promises.
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return StorageFault::corrupt;
    default: {
      if (code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS) return StorageFault::corrupt;
      const int kept = sqlite3_system_errno(connection);
      if (kept != 0) return fault_of_errno(kept);
      // SQLite knows ENOSPC alone, and does not keep what a write met else: a quota, or a limit on the size of files.
      return fault_of_errno(errno_value) == StorageFault::full ? StorageFault::full : StorageFault::io;
    }
  }
}

/// Right after the call that gave `code`, before which errno was 0.
StorageError error_of(int code, sqlite3* connection) {
  const int errno_value = errno;
  return {fault_of(code, connection, errno_value), sqlite3_errmsg(connection)};
}

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

Statement& Statement::bind(std::int64_t value) {
  const int result = sqlite3_bind_int64(statement_.get(), ++bound_, value);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

Statement& Statement::bind(std::optional<std::int64_t> value) {
  if (value) return bind(*value);
  ++bound_;  // What is not bound is NULL.
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const int result =
      sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

Statement& Statement::bind(Bytes blob) {
  // Without a place in memory an empty blob would be NULL.
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  const int result = sqlite3_bind_blob64(statement_.get(), ++bound_, data, blob.size(), SQLITE_TRANSIENT);
  if (bind_result_ == SQLITE_OK) bind_result_ = result;
  return *this;
}

StorageResult<bool> Statement::step() {
  if (bind_result_ != SQLITE_OK) return StorageError{StorageFault::io, sqlite3_errstr(bind_result_)};
  errno = 0;
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return error_of(code, sqlite3_db_handle(statement_.get()));
}

StorageResult<void> Statement::run() {
  while (true) {
    const StorageResult<bool> row = step();
    if (row.has_error()) {
      reset();
      return row.error();
    }
    if (!*row) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bound_ = 0;
  bind_result_ = SQLITE_OK;
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string Statement::text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_.get(), column);
  if (text == nullptr) return {};
  return {text, text + sqlite3_column_bytes(statement_.get(), column)};
}

Bytes Statement::blob(int column) const {
  const void* blob = sqlite3_column_blob(statement_.get(), column);
  if (blob == nullptr) return {};
  return {static_cast<const std::uint8_t*>(blob),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

StorageResult<Database> Database::open(const std::string& path, Mode mode) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  std::string name = path;
  if (mode == Mode::immutable) {
    flags |= SQLITE_OPEN_URI;
    name = "file:";
    for (const char c : path) {
      const bool reserved = c == '?' || c == '#' || c == '%';
      name += reserved ? (c == '?' ? "%3f" : c == '#' ? "%23" : "%25") : std::string(1, c);
    }
    name += "?immutable=1";
  }
  sqlite3* connection = nullptr;
  errno = 0;
  const int code = sqlite3_open_v2(name.c_str(), &connection, flags, nullptr);
  if (connection == nullptr) return StorageError{StorageFault::io, sqlite3_errstr(code)};
  Database database(connection);
  if (code != SQLITE_OK) return error_of(code, connection);
  sqlite3_busy_timeout(connection, kBusyMilliseconds);
  // The file may have been made by anybody: its schema can name no function with an effect outside.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  return database;
}

StorageResult<void> Database::run(const std::string& sql) {
  errno = 0;
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(code, connection_.get());
  return {};
}

StorageResult<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  errno = 0;
  const int code = sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) return error_of(code, connection_.get());
  return Statement(statement);
}

StorageResult<std::int64_t> Database::number(std::string_view sql) {
  StorageResult<Statement> statement = prepare(sql);
  if (statement.has_error()) return statement.error();
  const StorageResult<bool> row = statement->step();
  if (row.has_error()) return row.error();
  return *row ? statement->number(0) : 0;
}

StorageResult<std::string> Database::text(std::string_view sql) {
  StorageResult<Statement> statement = prepare(sql);
  if (statement.has_error()) return statement.error();
  const StorageResult<bool> row = statement->step();
  if (row.has_error()) return row.error();
  return *row ? statement->text(0) : std::string();
}

std::int64_t Database::changes() const { return sqlite3_changes64(connection_.get()); }

}  // namespace blipd
