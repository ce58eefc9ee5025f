#include "daemon/service/state_keeper.h"

#include <cstddef>
#include <utility>

#include "daemon/storage/event_reader.h"

namespace blipd {
namespace {

/// What the file holds. Another blipd's events are not ours to tell.
class KeptEvents final : public EventSource {
 public:
  KeptEvents(const Storage& storage, std::string directory)
      : storage_(storage), reader_(std::move(directory), EventReader::WithoutFile::no_events) {}
  Result<std::vector<LoggedEventPtr>> find(const EventQuery& query) override {
    if (storage_.status().fault == StorageFault::in_use) return std::vector<LoggedEventPtr>();
    return reader_.find(query);
  }

 private:
  const Storage& storage_;
  EventReader reader_;
};

StorageLimits limits_of(const StorageConfig& config) { return {config.retention, config.max_size}; }

}  // namespace

StateKeeper::StateKeeper(const std::string& directory, Log& log) {
  if (directory == kNowhere) return;
  Storage::Options options;
  options.directory = directory;
  options.notice = [&log](const StorageNotice& notice) {
    if (notice.good) {
      log.line(LogLevel::info, notice.message, {{"storage", notice.detail}});
    } else {
      log.line(LogLevel::error, notice.message, {{"reason", notice.reason}, {"storage", notice.detail}});
    }
  };
  storage_ = std::make_unique<Storage>(std::move(options));
  thread_ = std::make_unique<StorageThread>(*storage_);
  source_ = std::make_unique<KeptEvents>(*storage_, directory);
}

std::vector<CarriedEvent> StateKeeper::start(const Config& config, const WallAnchor& now,
                                             const std::function<void(RestoredState)>& give) {
  if (!storage_) return {};
  storage_->set_limits(limits_of(config.storage));
  storage_->work(now.wall, [] { return false; });
  std::vector<CarriedEvent> carried = storage_->carried();
  restore_state(*storage_, config, carried, now, give);
  thread_->start();
  return carried;
}

void StateKeeper::set_limits(const StorageConfig& config) {
  if (storage_) storage_->set_limits(limits_of(config));
}

void StateKeeper::put(WindowsBatch windows) {
  if (thread_) thread_->put(std::move(windows));
}

void StateKeeper::put(StateRow hosts) {
  if (thread_) thread_->put(std::move(hosts));
}

bool StateKeeper::stop(std::chrono::milliseconds patience) { return !thread_ || thread_->stop(patience); }

StorageFigures StateKeeper::figures() const {
  StorageFigures figures;
  const StorageStatus status = storage_ ? storage_->status() : StorageStatus{};
  for (std::size_t i = 0; i < kStorageFaults; ++i) {
    figures.errors.emplace_back(to_string(static_cast<StorageFault>(i)), status.errors[i]);
  }
  figures.last_success = status.last_success;
  figures.queue_length = status.queue_length;
  figures.file_size = status.file_size;
  return figures;
}

}  // namespace blipd
