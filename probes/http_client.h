// Carries exchanges out, many at a time, on one io_context. Only the source files know curl.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <functional>
#include <memory>

#include "probes/http_transfer.h"
#include "probes/prober.h"
#include "probes/result.h"

namespace blipd {

/// Thread of the io_context only, once it is open.
class HttpClient {
 public:
  using Done = std::function<void(HttpResult result)>;

  /// `io` outlives the client. Any thread.
  static Result<std::unique_ptr<HttpClient>> open(boost::asio::io_context& io, const ProbeEnvironment& environment,
                                                  Done done);
  /// Breaks off what is under way without calling `done`. The thread of the io_context, or after its end.
  virtual ~HttpClient() = default;
  /// Calls `done` once for it, perhaps before it returns.
  virtual void start(HttpTask task) = 0;
};

/// "blipd/1.2.3 (+contact)".
std::string http_user_agent(const std::string& contact);

}  // namespace blipd
