// The probing threads of the daemon, each with an engine of its own, seen from outside as one.
//
// With one thread there is one engine that has everything, and nothing of what several need to agree: its snapshots are
// the daemon's. With more the networks are shared out (daemon/engine/engine_share.h), there is one verdict on our
// vantage (daemon/detect/vantage_exchange.h) and the snapshots are merged (daemon/service/snapshot_merge.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "daemon/engine/engine.h"
#include "daemon/engine/engine_share.h"
#include "daemon/engine/kept_state.h"
#include "daemon/service/probing_thread.h"
#include "daemon/service/snapshot_merge.h"
#include "daemon/service/watchdog.h"

namespace blipd {

class ProbingThreads {
 public:
  /// A configuration that every thread is ready to switch to.
  struct Prepared {
    std::vector<PreparedConfigPtr> parts;  ///< by thread
    Seating seating;                       ///< both empty with one thread
    NetworkOrder order;
  };

  /// `ports` may be called by each of the threads; each has a copy. `threads`: 1 to kMostEngineThreads.
  static Result<std::unique_ptr<ProbingThreads>> open(const EnginePorts& ports, std::uint64_t seed,
                                                      std::size_t threads);

  std::size_t count() const { return engines_.size(); }

  /// As Engine::prepare: of all threads, or nothing has changed. The number of threads cannot be another one.
  Result<Prepared> prepare(const std::shared_ptr<const Config>& config, Instant now);
  // Before `start`.
  void apply(Prepared prepared, Instant now);
  /// As Engine::restore: each thread takes over what is of its networks.
  void restore(RestoredState state, Instant now);
  /// Has every thread switch between two of its steps, and then calls `switched` on one of them, when a snapshot that
  /// shows the effect is there. Once `started`, one at a time. Any thread.
  void switch_to(Prepared prepared, std::function<void()> switched);

  /// Once.
  void start();
  /// Ends the threads after the steps under way. Tasks not begun are dropped. Not from a probing thread.
  void stop();

  /// As Engine::on_own_fault: for all of them. Any thread.
  void on_own_fault(Instant from, Instant to);

  using Question = std::function<void(const Engine& engine)>;
  /// Runs a question on the thread that probes this network; on any if there is none of that name.
  void ask(const std::string& network, Question question);
  /// The same on the thread of this number, below `count`.
  void ask(std::size_t thread, Question question);

  /// By thread. After `stop`.
  std::vector<const Engine*> engines() const;

  /// The latest snapshot; null before the first. Any thread but the probing ones.
  SnapshotPtr snapshot();
  /// Of the thread that is worst off. Any thread.
  Heartbeat heartbeat() const;

 private:
  /// One engine and its thread.
  struct Driven {
    std::unique_ptr<Engine> engine;
    std::uint64_t generation = 0;  ///< of what it probes; its own thread, once started
    std::unique_ptr<ProbingThread> thread;
  };

  explicit ProbingThreads(std::size_t threads) : merge_(threads) {}
  bool alone() const { return engines_.size() == 1; }
  /// Before the parts of it are applied.
  std::uint64_t begin_generation(const Prepared& prepared);

  SnapshotMerge merge_;
  mutable std::mutex mutex_;  // guards the two below
  Seating seating_;
  std::uint64_t generation_ = 0;
  std::vector<std::unique_ptr<Driven>> engines_;
};

}  // namespace blipd
