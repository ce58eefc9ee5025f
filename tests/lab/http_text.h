// The little of HTTP/1.1 that the lab's web sites speak (RFC 9112): the end of a request's header, and one response.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tests/lab/scenario.h"

namespace blipd::lab {

/// Follows a request through its segments to the empty line that ends its header.
class RequestReader {
 public:
  /// Takes the next bytes. True from the end of the header on.
  bool read(std::span<const std::uint8_t> bytes);
  /// Whether the method is HEAD, whose response has no body. A method that comes in two segments is not recognised.
  bool head() const { return head_; }

 private:
  bool begun_ = false;
  bool head_ = false;
  std::uint8_t matched_ = 0;  ///< how much of the empty line and the end of the line before it has come
};

/// A whole response, after which the connection closes. What `site.headers` names is not added by itself.
std::string response_text(const HttpBehaviour& site, unsigned status, bool head);

}  // namespace blipd::lab
