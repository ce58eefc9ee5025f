// What a server sends, as far as somebody asks for it, and whether it is what the module wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/http_options.h"

namespace blipd {

/// The last response of an exchange. Headers and body are kept only if the options have rules for them.
class HttpResponse {
 public:
  /// The header sections of an exchange, all of its responses together, may not be longer.
  static constexpr std::size_t kMostHeader = std::size_t{256} << 10U;

  /// `options` outlives the response.
  explicit HttpResponse(const HttpOptions& options) : options_(options) {}

  /// One line as it came, with its end. A status line begins a new response. False: that is more than anybody may send.
  bool add_header(std::string_view line);
  /// False: the body is longer than body_size_limit.
  bool add_body(std::string_view bytes);
  /// Bytes of the body that are in memory.
  std::size_t kept() const { return body_.size(); }

  /// Why the response is not what the module wants; none if it is. `version` as in valid_http_versions; `ssl`: whether
  /// the response came over TLS. The first of: HTTP version, status, TLS, headers, body.
  std::optional<FailureReason> why_not_valid(unsigned status, unsigned version, bool ssl) const;

 private:
  bool breaks(const HttpHeaderRule& rule, bool matching_is_wrong) const;

  const HttpOptions& options_;
  std::size_t header_size_ = 0;
  std::uint64_t body_size_ = 0;
  std::vector<std::pair<std::string, std::string>> headers_;  // names in lower case
  std::string body_;
};

}  // namespace blipd
