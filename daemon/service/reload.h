// Reloading the configuration: all or nothing, one at a time, off every thread that has something else to do.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "daemon/export/page.h"
#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

/// Loading and preparing a million hosts takes a second, so a thread of its own does it. A request while a reload is
/// under way is not answered by it (the file may have changed since it was read) but by one more reload, which all such
/// requests share.
class Reloader {
 public:
  /// Told once, with an empty string or with why nothing was changed.
  using Done = std::function<void(const std::string& error)>;
  /// A configuration that is good and ready. Switches to it and calls `switched` from whichever thread has done so.
  using Switch = std::function<void(std::function<void()> switched)>;

  struct Steps {
    /// Makes everything that the new configuration needs and changes nothing. Reload thread.
    std::function<Result<Switch>()> build;
    /// The same for the configuration in force, whose host names stand for other addresses now. Reload thread.
    std::function<Result<Switch>()> refresh;
    /// Why a refresh has changed nothing. Reload thread.
    std::function<void(const std::string& error)> refresh_failed;
    /// A reload begins, has ended. Reload thread; `ended` is called before the requests are answered.
    std::function<void()> began;
    std::function<void(const ReloadStatus& status)> ended;
    std::function<WallTime()> wall_clock;
  };

  explicit Reloader(Steps steps);
  /// Stops, and waits for a build under way.
  ~Reloader();
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  /// Asks for a reload and returns at once. `done` may be empty; it is called on the reload thread, or at once when
  /// stopping. Any thread.
  void request(Done done);
  /// Asks for a refresh and returns at once. One that waits is shared; a reload does its work as well. Any thread.
  void refresh();
  /// Of the last reload that ended; the start counts as one that went well. Any thread.
  ReloadStatus status() const;
  /// Answers every request under way with an error, takes no more and waits for a build under way, at most `patience`.
  /// False: it is still building, and what `build` uses must not be destroyed.
  bool stop(Duration patience);

 private:
  void run();
  /// Why nothing was changed, or empty.
  std::string reload_once();
  std::string switch_to(const std::function<Result<Switch>()>& build);

  const Steps steps_;
  mutable std::mutex mutex_;  // guards everything below but the thread
  std::condition_variable changed_;
  bool requested_ = false;
  bool refresh_ = false;
  bool stopping_ = false;
  bool ended_ = false;
  bool switched_ = false;
  std::vector<Done> waiting_;    ///< for the next reload
  std::vector<Done> answering_;  ///< for the one under way
  ReloadStatus status_;
  std::thread thread_;
};

}  // namespace blipd
