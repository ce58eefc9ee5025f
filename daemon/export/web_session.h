// One connection of a client, from its first request to its close. Beast is included only in the source file.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "daemon/export/routes.h"
#include "daemon/export/web_server.h"
#include "probes/clock.h"

namespace blipd {

class EventStreams;
class WebSession;

/// TCP of either family and Unix sockets alike.
using WebSocket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol>;

/// What the sessions of one server share. Outlives them all.
struct WebSessions {
  Routes& routes;
  const WebEnvironment& environment;
  /// A reload may end after the server has: whoever completes it holds a share of the queue it completes to.
  std::shared_ptr<boost::asio::io_context> queue;
  std::function<void(WebSession&)> closed;  ///< called once for each session
  EventStreams& streams;
};

/// All calls on the web thread. The server holds the session until `closed`.
class WebSession {
 public:
  static std::shared_ptr<WebSession> create(WebSocket socket, WebSessions& sessions);
  virtual ~WebSession() = default;
  virtual void start() = 0;
  /// Closes now if no answer is under way, else after that answer.
  virtual void finish() = 0;
  /// Closes now.
  virtual void abort() = 0;
  /// Whether it waits for a request (or the rest of one), and since when.
  virtual bool waiting() const = 0;
  virtual Instant waiting_since() const = 0;
};

}  // namespace blipd
