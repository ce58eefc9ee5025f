// HTTP requests and responses as plain values, so that what blipd answers can be tested without a socket.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/clock.h"

namespace blipd {

/// Views into the session's buffers; valid while the request is being answered.
struct WebRequest {
  std::string_view method;
  std::string_view target;
  std::string_view accept_encoding{};  ///< several fields joined by commas; empty if absent
  std::string_view last_event_id{};    ///< empty if absent
  std::string_view host{};             ///< as the client calls us; empty if absent
};

/// Shared, so that a cached body is sent to many clients without a copy.
using Body = std::shared_ptr<const std::string>;

struct WebResponse {
  unsigned status = 200;
  /// Further header fields. Names and values are blipd's own text, never a client's.
  std::vector<std::pair<std::string, std::string>> fields;
  Body body;  ///< never null
};

/// A text/plain answer of one sentence.
WebResponse plain_response(unsigned status, std::string_view sentence);

/// "Not Found"; "Unknown" for a status blipd does not send.
std::string_view reason_phrase(unsigned status);

struct Connection {
  bool keep_alive = true;
  bool http_1_0 = false;  ///< version of the request: 1.0 must be told that the connection stays
};

/// Status line and header up to the empty line, with Content-Length of the whole body, Date, and the fields every
/// answer has.
std::string response_head(const WebResponse& response, const Connection& connection, WallTime now);

/// Status line and header of an answer that goes on until the connection is closed.
std::string stream_head(const WebResponse& response, WallTime now);

}  // namespace blipd
