// The target of an HTTP request (RFC 9112 section 3.2), taken apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace blipd {

struct RequestTarget {
  std::string path;                                        ///< decoded; begins with '/'
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in order; repeated names are kept
};

/// Origin form ("/api/v1/networks?network=a%20b", `+` in the query is a space) and absolute form
/// ("http://host/metrics"). nullopt for anything else and for broken percent escapes.
std::optional<RequestTarget> parse_request_target(std::string_view target);

}  // namespace blipd
