// The thread that drives an Engine in real time.
//
// It sleeps in epoll until the engine's next time (a timerfd on CLOCK_BOOTTIME, so that the time a machine slept counts
// as missed probes), until an answer waits, or until a task is posted. Plain epoll and not an Asio loop, because what
// matters here is exactly when *not* to wake:
//
//  * Two steps begin at least `kRest` apart. A lone reply after a quiet moment is handled at once; of 10,000 replies a
//    second about ten share a step. Nothing is lost by resting: replies carry kernel stamps.
//  * Descriptors are edge-triggered, so that an error that stays pending on a socket wakes the thread once.
//  * Without traffic the thread wakes for the engine's own times and one snapshot a second.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "daemon/engine/engine.h"
#include "daemon/service/descriptor.h"
#include "daemon/service/watchdog.h"
#include "daemon/store/snapshot.h"
#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

class ProbingThread {
 public:
  using Task = std::function<void(Engine& engine, Instant now)>;

  /// Least time between the beginnings of two steps.
  static constexpr Duration kRest = std::chrono::milliseconds(1);
  static constexpr Duration kSnapshotInterval = std::chrono::seconds(1);
  /// Until the first probe is sent, so that readiness is told without delay.
  static constexpr Duration kFirstSnapshotInterval = std::chrono::milliseconds(50);

  /// `engine` outlives the thread.
  static Result<std::unique_ptr<ProbingThread>> open(Engine& engine);
  ~ProbingThread();
  ProbingThread(const ProbingThread&) = delete;
  ProbingThread& operator=(const ProbingThread&) = delete;

  /// Once. The engine belongs to the thread from here until `stop` has returned.
  void start();
  /// Ends the thread after the step under way. Tasks not begun are dropped. Not from the probing thread.
  void stop();

  /// Runs `task` on the probing thread before its next step, and then `done`, when a snapshot that shows the effect is
  /// out. Tasks run in the order of their posting. Any thread.
  void post(Task task, std::function<void()> done = {});

  /// The same for a task that changes nothing, so that no snapshot is made for it.
  void ask(Task question);

  /// The latest snapshot; null before the first. Any thread.
  SnapshotPtr snapshot() const;
  /// Any thread.
  Heartbeat heartbeat() const;

 private:
  struct Posted {
    Task task;
    std::function<void()> done;
    bool changes = true;
  };

  ProbingThread(Engine& engine, Descriptor epoll, Descriptor timer, Descriptor wake);
  void post(Posted posted);
  void run();
  void run_tasks(Instant now);
  void publish(Instant now);
  void watch_descriptors();
  void sleep(Instant stepped, Instant until);
  void rest(Instant until) const;

  Engine& engine_;
  const Descriptor epoll_;
  const Descriptor timer_;
  const Descriptor wake_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};

  mutable std::mutex mutex_;  // guards the three below
  std::vector<Posted> tasks_;
  SnapshotPtr snapshot_;
  Heartbeat heartbeat_;

  // Probing thread only.
  std::set<int> watched_;
  Instant next_snapshot_{};
  bool busy_ = false;
};

}  // namespace blipd
