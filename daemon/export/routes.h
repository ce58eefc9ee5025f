// What blipd answers to which request. Knows no sockets.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "daemon/export/body_cache.h"
#include "daemon/export/request_target.h"
#include "daemon/export/web_message.h"
#include "daemon/export/web_server.h"

namespace blipd {

/// What the request asks for takes its time: `reload_response` answers it when that is over.
struct ReloadQuestion {};

/// Somebody else knows: `hosts_response` answers when it has said so.
struct HostsQuestion {
  std::string network;
  TargetRange range;
  bool gzip = false;  ///< the client takes it
};

/// Changes as they happen, from now on.
struct StreamQuestion {
  std::optional<std::uint64_t> at;  ///< or what followed this one
  WebResponse response;             ///< without a body
};

using WebAnswer = std::variant<WebResponse, ReloadQuestion, HostsQuestion, StreamQuestion>;

/// Used on the web thread only.
class Routes {
 public:
  /// `environment` outlives the routes.
  explicit Routes(const WebEnvironment& environment);

  /// The answer to GET as to HEAD; the session leaves the body out.
  WebAnswer answer(const WebRequest& request);

  /// A connection could not be accepted; the page tells how many.
  void count_accept_failure() { accept_failures_.fetch_add(1, std::memory_order_relaxed); }
  /// Any thread.
  std::uint64_t accept_failures() const { return accept_failures_.load(std::memory_order_relaxed); }

  /// `error` is empty after a reload that succeeded.
  static WebResponse no_memory_response();
  static WebResponse reload_response(std::string_view error);
  /// `list` is nullopt if no network has that name.
  static WebResponse hosts_response(const HostsQuestion& question, const std::optional<TargetList>& list);

 private:
  WebResponse page(BodyCache& cache, const SnapshotPtr& snapshot, const WebRequest& request,
                   std::string_view content_type);
  WebResponse networks(const SnapshotPtr& snapshot, const WebRequest& request, const RequestTarget& target);
  WebResponse probing_txt(const Snapshot& snapshot, const WebRequest& request) const;
  WebResponse events(const WebRequest& request, const RequestTarget& target);
  static WebAnswer hosts(const std::string& network, const WebRequest& request, const RequestTarget& target);
  static WebAnswer stream(const WebRequest& request, const RequestTarget& target);

  const WebEnvironment& environment_;
  std::atomic<std::uint64_t> accept_failures_{0};
  BodyCache metrics_;
  BodyCache landing_page_;
  BodyCache networks_;
};

}  // namespace blipd
