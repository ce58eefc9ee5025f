// The thread that drives a Storage: at once when something is put, and once a second while the disk refuses.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "daemon/events/event_store.h"
#include "daemon/storage/storage.h"

namespace blipd {

class StorageThread final : public EventRecorder {
 public:
  static constexpr auto kRetryPause = std::chrono::seconds(1);

  /// `storage` outlives the thread and belongs to it until `stop` has returned.
  explicit StorageThread(Storage& storage) : storage_(storage) {}
  ~StorageThread() override;

  void start();
  // Put it and wake the thread. Any thread; never wait for the disk.
  void record(const LoggedEventPtr& event) override;
  void put(WindowsBatch windows);
  void put(StateRow hosts);
  /// Writes what fits into `patience`, events first, and closes the file. False: the disk holds the thread up, and the
  /// process has to end without it.
  bool stop(std::chrono::milliseconds patience);

 private:
  struct Shared {
    std::mutex mutex;  // guards those below
    std::condition_variable changed;
    bool woken = false;
    bool stopping = false;
    bool ended = false;
    std::chrono::steady_clock::time_point deadline{};
  };

  void wake();
  void run();

  Storage& storage_;
  const std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::thread thread_;
};

}  // namespace blipd
