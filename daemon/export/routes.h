// What blipd answers to which request. Knows no sockets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/export/body_cache.h"
#include "daemon/export/request_target.h"
#include "daemon/export/web_message.h"
#include "daemon/export/web_server.h"

namespace blipd {

/// Used on the web thread only.
class Routes {
 public:
  /// `environment` outlives the routes.
  explicit Routes(const WebEnvironment& environment);

  /// The answer to GET as to HEAD; the session leaves the body out. nullopt: the request asks for a reload, which takes
  /// its time; answer with `reload_response` when it is done.
  std::optional<WebResponse> answer(const WebRequest& request);

  /// `error` is empty after a reload that succeeded.
  static WebResponse reload_response(std::string_view error);

 private:
  WebResponse page(BodyCache& cache, const SnapshotPtr& snapshot, const WebRequest& request,
                   std::string_view content_type);
  WebResponse networks(const SnapshotPtr& snapshot, const WebRequest& request, const RequestTarget& target);
  WebResponse events(const WebRequest& request, const RequestTarget& target);

  const WebEnvironment& environment_;
  BodyCache metrics_;
  BodyCache landing_page_;
  BodyCache networks_;
};

}  // namespace blipd
