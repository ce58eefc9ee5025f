// SQLite behind values: connections and statements that close themselves, errors that are StorageErrors. sqlite3.h is
// included only in the source file.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/storage/fault.h"
#include "probes/wire/bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace blipd {

/// A prepared statement. Values are bound in order; columns are read while `step` has said that there is a row. Used by
/// one thread, and not after its Database.
class Statement {
 public:
  Statement& bind(std::int64_t value);
  Statement& bind(std::optional<std::int64_t> value);
  Statement& bind(std::string_view text);
  Statement& bind(Bytes blob);

  /// True: there is a row. False: it is done.
  StorageResult<bool> step();
  /// Runs to the end, and is ready to be bound again.
  StorageResult<void> run();

  bool is_null(int column) const;
  /// 0 if the column holds no number.
  std::int64_t number(int column) const;
  std::string text(int column) const;
  /// Valid until the next step.
  Bytes blob(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void reset();

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
  int bind_result_ = 0;  ///< of the first bind that failed
};

/// One connection. Used by one thread at a time.
class Database {
 public:
  enum class Mode : std::uint8_t {
    write,      ///< made if it is not there
    read,       ///< what others write meanwhile is seen
    immutable,  ///< nobody writes meanwhile, and nothing is made beside the file
  };
  static StorageResult<Database> open(const std::string& path, Mode mode);

  /// Statements without values, one after the other.
  StorageResult<void> run(const std::string& sql);
  StorageResult<Statement> prepare(std::string_view sql);
  /// The first column of the first row; 0 without rows.
  StorageResult<std::int64_t> number(std::string_view sql);
  StorageResult<std::string> text(std::string_view sql);
  /// Rows that the last statement changed.
  std::int64_t changes() const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  explicit Database(sqlite3* connection) : connection_(connection) {}

  std::unique_ptr<sqlite3, Close> connection_;
};

/// Runs `write` (which returns a StorageResult<void>) as one transaction: all of it is in the file, or nothing.
template <class Write>
StorageResult<void> in_transaction(Database& database, Write&& write) {
  if (auto begun = database.run("BEGIN IMMEDIATE"); begun.has_error()) return begun;
  StorageResult<void> written = write();
  if (!written.has_error()) written = database.run("COMMIT");
  // Fails where SQLite has rolled back by itself, and then there is nothing to do.
  if (written.has_error()) static_cast<void>(database.run("ROLLBACK").has_error());
  return written;
}

}  // namespace blipd
