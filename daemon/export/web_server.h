// The HTTP server: one thread of its own, so that a slow scrape never delays a probe. What it answers:
// daemon/export/routes.h and docs/api.md. Beast is included only in daemon/export/web_session.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/events/logged_event.h"
#include "daemon/export/change_feed.h"
#include "daemon/export/page.h"
#include "daemon/export/storage_metrics.h"
#include "daemon/store/target_list.h"
#include "probes/result.h"

namespace blipd {

/// What is shown of the configuration.
struct ShownConfig {
  std::string text;     ///< YAML with secrets hidden
  std::string contact;  ///< of the vantage; may be empty
};

struct WebEnvironment {
  /// Latest snapshot; null before the first. Called on the web thread.
  std::function<SnapshotPtr()> snapshot;
  std::function<ReloadStatus()> reload_status;
  /// Starts a reload; `done` is called once, on any thread, with an empty string or the error text. Called on the web
  /// thread, which it must not hold up. `done` may be called after the server is gone.
  std::function<void(std::function<void(std::string)> done)> reload;
  /// The events that match, oldest first. Called on the web thread.
  std::function<Result<std::vector<LoggedEventPtr>>(const EventQuery&)> events;
  /// For the page; called on the web thread, may be empty.
  std::function<RecentEvents()> recent_events;
  /// Asks for targets of a network; `done` is called once, on any thread, with nullopt if there is no such network.
  /// Called on the web thread, which it must not hold up. `done` may be called after the server is gone.
  std::function<void(const std::string& network, const TargetRange& range,
                     std::function<void(std::optional<TargetList>)> done)>
      targets;
  /// What is streamed.
  std::shared_ptr<const ChangeFeed> changes = std::make_shared<const ChangeFeed>(1);
  /// The configuration in force. Called on the web thread.
  std::function<ShownConfig()> config;
  /// Of the disk, now. Called on the web thread; may be empty.
  std::function<StorageFigures()> storage;
  /// One line for the log at debug level, on the web thread; may be empty.
  std::function<void(const std::string&)> log;
};

class WebServer {
 public:
  /// Listens on `addresses` (":12214", "127.0.0.1:0", "[::1]:9000"; ":PORT" is both families) and on `inherited`
  /// descriptors (LISTEN_FDS), which it takes over. With inherited descriptors pass `addresses` only if they were given
  /// explicitly. The error reads "listen on :12214: Address already in use".
  static Result<std::unique_ptr<WebServer>> open(const std::vector<std::string>& addresses,
                                                 const std::vector<int>& inherited, WebEnvironment environment);
  virtual ~WebServer() = default;
  /// Starts the thread, once. `stop` ends it within a second, letting answers under way finish; call it from another
  /// thread than the web thread. The destructor stops too.
  virtual void start() = 0;
  virtual void stop() = 0;
  /// How often no connection could be accepted, mostly because no descriptor was free. Any thread.
  virtual std::uint64_t accept_failures() const = 0;
  /// Streams go on with what is new in the feed. Any thread.
  virtual void changed() = 0;
  /// "127.0.0.1:12214", one for each listening socket, with the real port.
  virtual std::vector<std::string> endpoints() const = 0;
};

}  // namespace blipd
