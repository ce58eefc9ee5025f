#include "daemon/storage/storage_thread.h"

#include <utility>

namespace blipd {
namespace {

/// Between two pieces of tidying up: events go first.
constexpr std::chrono::milliseconds kTidyPause(100);
/// With nothing to do. Tidying becomes due after minutes.
constexpr std::chrono::milliseconds kIdlePause(10'000);

WallTime wall_now() { return std::chrono::system_clock::now(); }

}  // namespace

StorageThread::~StorageThread() {
  if (thread_.joinable()) {
    stop(std::chrono::seconds(1));
    // A thread that the disk holds up cannot be ended; it waits for the disk here.
    if (thread_.joinable()) thread_.join();
  }
}

void StorageThread::start() {
  thread_ = std::thread([this] { run(); });
}

void StorageThread::record(const LoggedEventPtr& event) {
  storage_.record(event);
  wake();
}

void StorageThread::put(WindowsBatch windows) {
  storage_.put(std::move(windows));
  wake();
}

void StorageThread::put(StateRow hosts) {
  storage_.put(std::move(hosts));
  wake();
}

void StorageThread::wake() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->woken = true;
  }
  shared_->changed.notify_one();
}

bool StorageThread::stop(std::chrono::milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  if (!thread_.joinable()) return true;
  shared_->deadline = std::chrono::steady_clock::now() + patience;
  shared_->stopping = true;
  shared_->changed.notify_all();
  // A transaction under way at the deadline is let end, if that does not take too long.
  if (!shared_->changed.wait_until(lock, shared_->deadline + patience, [this] { return shared_->ended; })) return false;
  lock.unlock();
  thread_.join();
  return true;
}

void StorageThread::run() {
  const auto is_late = [this] {
    const std::lock_guard lock(shared_->mutex);
    return shared_->stopping && std::chrono::steady_clock::now() >= shared_->deadline;
  };
  bool done = storage_.work(wall_now(), is_late);
  std::unique_lock lock(shared_->mutex);
  while (!shared_->stopping) {
    const bool tidy = done && storage_.is_tidy_due(wall_now());
    const std::chrono::milliseconds pause = tidy ? kTidyPause : done ? kIdlePause : kRetryPause;
    // With a disk that refuses, the next event does not make it try any sooner.
    shared_->changed.wait_for(lock, pause, [this, done] { return shared_->stopping || (done && shared_->woken); });
    shared_->woken = false;
    lock.unlock();
    done = storage_.work(wall_now(), is_late);
    lock.lock();
  }
  lock.unlock();
  storage_.work(wall_now(), is_late);
  storage_.close();
  lock.lock();
  shared_->ended = true;
  shared_->changed.notify_all();
}

}  // namespace blipd
