#include "daemon/storage/storage.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "daemon/storage/event_table.h"

namespace blipd {

Storage::Storage(Options options) : options_(std::move(options)), limits_(options_.limits) {}

void Storage::set_limits(const StorageLimits& limits) {
  const std::lock_guard lock(mutex_);
  limits_ = limits;
}

StorageStatus Storage::status() const {
  const std::lock_guard lock(mutex_);
  StorageStatus status = status_;
  status.queue_length = queue_.length();
  status.errors[static_cast<std::size_t>(StorageFault::dropped)] = queue_.dropped();
  return status;
}

bool Storage::work(WallTime now, const std::function<bool()>& is_late) {
  if (auto opened = open(now); opened.has_error()) {
    fail(opened.error(), now);
    return false;
  }
  WriteBatch batch = queue_.take();
  const bool any = !batch.empty();
  const StorageResult<void> written = write(batch, is_late);
  const bool all = batch.empty();
  queue_.give_back(std::move(batch));
  if (written.has_error()) {
    fail(written.error(), now);
    return false;
  }
  if (any && all) {
    const std::lock_guard lock(mutex_);
    status_.last_success = now;
  }
  const bool tidies = is_tidy_due(now);
  if (tidies && !tidy_up(now)) return false;
  if (all && (any || tidies)) end_fault();
  return all;
}

StorageResult<void> Storage::open(WallTime now) {
  const bool first = !std::exchange(tried_before_, true);
  if (lock_ && !lock_->holds(options_.directory)) close();
  if (database_ && is_replaced(options_.directory, inode_)) database_.reset();
  if (database_) return {};
  if (!lock_) {
    StorageResult<StateLock> lock = StateLock::take(options_.directory);
    if (lock.has_error()) return lock.error();
    lock_.emplace(std::move(lock.value()));
  }
  StorageResult<OpenedStateFile> opened = open_state_file(options_.directory, now);
  if (opened.has_error()) return opened.error();
  if (opened->moved_aside) tell_moved(*opened->moved_aside);
  database_.emplace(std::move(opened->database));
  inode_ = opened->inode;
  if (std::exchange(opened_before_, true)) {
    // The file may be another than before.
    WriteBatch again;
    for (const auto& [id, event] : open_events_) again.events.push_back(event);
    queue_.give_back(std::move(again));
    return {};
  }
  if (auto taken = take_over(now); taken.has_error()) {
    opened_before_ = false;
    return taken;
  }
  if (first) return {};
  // Too late for the log of events, which has gone on without them: whatever was open has an end that nobody saw.
  for (const CarriedEvent& carried : carried_) {
    queue_.put(std::make_shared<const LoggedEvent>(close_event(carried, now, now)));
  }
  carried_.clear();
  return {};
}

StorageResult<void> Storage::take_over(WallTime now) {
  const StorageResult<std::vector<LoggedEventPtr>> open = read_open_events(*database_);
  if (open.has_error()) return open.error();
  const StorageResult<std::optional<WallTime>> watched = read_watched_until(*database_);
  if (watched.has_error()) return watched.error();
  carried_.clear();
  for (const LoggedEventPtr& event : *open) {
    // An event is written when it changes; what was watched is known at least until then.
    const WallTime until = std::max(event->detected_at, watched->value_or(event->detected_at));
    carried_.push_back({*event, std::min(until, now)});
  }
  return {};
}

StorageResult<void> Storage::write(WriteBatch& batch, const std::function<bool()>& is_late) {
  if (!batch.events.empty()) {
    if (auto written = write_events(*database_, batch.events); written.has_error()) return written;
    for (const LoggedEventPtr& event : batch.events) {
      if (event->end) {
        open_events_.erase(event->id);
      } else {
        open_events_.insert_or_assign(event->id, event);
      }
    }
    batch.events.clear();
  }
  if (batch.windows && !is_late()) {
    if (auto written = write_windows(*database_, *batch.windows); written.has_error()) return written;
    batch.windows.reset();
  }
  while (!batch.hosts.empty() && !is_late()) {
    if (auto written = write_hosts(*database_, batch.hosts.back()); written.has_error()) return written;
    batch.hosts.pop_back();
  }
  return {};
}

bool Storage::tidy_up(WallTime now) {
  StorageLimits limits;
  {
    const std::lock_guard lock(mutex_);
    limits = limits_;
  }
  const StorageResult<bool> more = tidy(*database_, limits, now);
  const StorageResult<std::uint64_t> size = more.has_error() ? more.error() : file_size(*database_);
  if (size.has_error()) {
    fail(size.error(), now);
    return false;
  }
  if (!*more) tidied_ = now;
  const std::lock_guard lock(mutex_);
  status_.file_size = *size;
  return true;
}

void Storage::fail(const StorageError& error, WallTime now) {
  if (database_ && error.fault == StorageFault::corrupt) {
    database_.reset();
    const StorageResult<MovedAside> moved = move_aside(options_.directory, error, now);
    if (!moved.has_error()) return tell_moved(*moved);
    return fail(moved.error(), now);
  }
  // A connection that met an error of the disk may hold a file that was replaced or is gone.
  if (error.fault != StorageFault::busy && error.fault != StorageFault::full) database_.reset();
  count(error.fault);
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = status_.fault != error.fault;
    status_.fault = error.fault;
  }
  if (!news || !options_.notice) return;
  options_.notice({false, "state cannot be written; probing goes on, what waits is written later",
                   std::string(to_string(error.fault)), options_.directory + ": " + error.message});
}

void Storage::end_fault() {
  bool news = false;
  {
    const std::lock_guard lock(mutex_);
    news = status_.fault.has_value();
    status_.fault.reset();
  }
  if (news && options_.notice) options_.notice({true, "state is written again", "", options_.directory});
}

void Storage::tell_moved(const MovedAside& moved) {
  count(moved.fault);
  if (!options_.notice) return;
  options_.notice({false, "the file of the state cannot be used; it was moved aside and an empty one is begun",
                   std::string(to_string(moved.fault)), moved.why + "; moved to " + moved.to});
}

void Storage::count(StorageFault fault) {
  const std::lock_guard lock(mutex_);
  ++status_.errors[static_cast<std::size_t>(fault)];
}

void Storage::close() {
  database_.reset();
  lock_.reset();
}

std::vector<StateRow> Storage::windows() {
  if (!database_) return {};
  StorageResult<std::vector<StateRow>> rows = read_windows(*database_);
  return rows.has_error() ? std::vector<StateRow>() : std::move(rows.value());
}

std::optional<SavedNetworkHosts> Storage::hosts(std::int64_t network) {
  if (!database_) return std::nullopt;
  const StorageResult<std::optional<StateRow>> row = read_hosts(*database_, network);
  if (row.has_error() || !*row) return std::nullopt;
  std::optional<std::vector<SavedModuleHosts>> modules = decode_hosts((*row)->data);
  if (!modules) return std::nullopt;
  return SavedNetworkHosts{(*row)->saved_at, std::move(*modules)};
}

std::vector<SavedHostWindows> Storage::host_windows(std::int64_t key) {
  if (!database_) return {};
  const StorageResult<std::optional<StateRow>> row = read_hosts(*database_, key);
  if (row.has_error() || !*row) return {};
  return decode_host_windows((*row)->data).value_or(std::vector<SavedHostWindows>());
}

}  // namespace blipd
