// The thread that drives an Engine in real time.
//
// It sleeps until the engine's next time, until an answer waits, or until a task is posted. In poll, and not in an Asio
// loop or in epoll, because what matters here is exactly when *not* to wake:
//
//  * Two steps begin at least `kRest` apart, and for answers alone as far apart as the engine wants. A lone reply after
//    a quiet moment is handled at once; of 10,000 replies a second about sixty share a step. Nothing is lost by
//    resting: replies carry kernel stamps.
//  * A socket that epoll watches calls it for every packet that comes and goes, also while the thread works. poll
//    stands in nobody's queue but while it sleeps; that saves a twentieth of what a probe costs.
//  * A descriptor that is in error, and stays so though it was read, is left out for a while.
//  * Without traffic the thread wakes for the engine's own times and one snapshot a second.
//
// poll's clock stops while the machine is suspended. What is late by that is late by a second at most, and the engine,
// which counts in CLOCK_BOOTTIME, sees it as missed probes.
#pragma once

#include <poll.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
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
  /// Until the first probe is sent or readiness told without one, so that it is told without delay.
  static constexpr Duration kFirstSnapshotInterval = std::chrono::milliseconds(50);

  /// Takes the snapshots instead of `snapshot()`. Called on the probing thread; must not wait.
  using SnapshotSink = std::function<void(std::shared_ptr<Snapshot>)>;

  struct Options {
    std::string name = "blipd-probing";  ///< of the thread, at most 15 characters
    SnapshotSink snapshots{};
  };

  /// `engine` outlives the thread.
  static Result<std::unique_ptr<ProbingThread>> open(Engine& engine, Options options);
  static Result<std::unique_ptr<ProbingThread>> open(Engine& engine) { return open(engine, Options()); }
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

  /// The latest snapshot; null before the first, or with a sink. Any thread.
  SnapshotPtr snapshot() const;
  /// Any thread.
  Heartbeat heartbeat() const;

 private:
  struct Posted {
    Task task;
    std::function<void()> done;
    bool changes = true;
  };

  /// A descriptor of the engine's.
  struct Watched {
    int fd = -1;
    unsigned errors = 0;  ///< waits in a row that ended because it was in error, with nothing to read
    Instant left_out_until{};
  };

  ProbingThread(Engine& engine, Descriptor wake, Options options);
  void post(Posted posted);
  void run();
  void run_tasks(Instant now);
  void publish(Instant now);
  void watch_descriptors();
  /// Until `until`, or until an answer comes, but not before `rested` for that.
  void sleep(Instant rested, Instant until);
  /// Whether an answer ended the wait.
  bool wait(Instant until);
  void rest(Instant until) const;

  Engine& engine_;
  const Descriptor wake_;
  const Options options_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};

  mutable std::mutex mutex_;  // guards the three below
  std::vector<Posted> tasks_;
  SnapshotPtr snapshot_;
  Heartbeat heartbeat_;

  // Probing thread only.
  std::vector<Watched> watched_;
  std::vector<pollfd> polled_;  ///< of each that is watched, and the last for tasks
  Instant next_snapshot_{};
  bool busy_ = false;
};

}  // namespace blipd
