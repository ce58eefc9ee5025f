#include "daemon/storage/event_reader.h"

#include <utility>

#include "daemon/storage/event_table.h"

namespace blipd {

Result<std::vector<LoggedEventPtr>> EventReader::find(const EventQuery& query) {
  const std::lock_guard lock(mutex_);
  const std::string path = directory_ + kStateFileName;
  const auto failed = [&](const StorageError& error) {
    database_.reset();
    return Error{path + ": " + error.message};
  };
  // Without a log beside it the file was opened as one that nobody writes, which may not stay so.
  if (database_ && (!has_log_ || is_replaced(directory_, file_))) database_.reset();
  if (!database_) {
    StorageResult<OpenedStateFile> opened = open_state_file_to_read(directory_);
    const bool missing = opened.has_error() && opened.error().fault == StorageFault::missing;
    if (missing && without_file_ == WithoutFile::no_events) return std::vector<LoggedEventPtr>();
    if (opened.has_error()) return failed(opened.error());
    database_.emplace(std::move(opened->database));
    file_ = opened->inode;
    has_log_ = opened->has_log;
  }
  StorageResult<std::vector<LoggedEventPtr>> events = read_events(*database_, query);
  if (events.has_error()) return failed(events.error());
  return std::move(events.value());
}

}  // namespace blipd
