// The options of the prober `http`. Names and meaning follow blackbox_exporter where it has them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "probes/http_pattern.h"
#include "probes/http_tls.h"
#include "probes/http_url.h"
#include "probes/prober.h"

namespace blipd {

enum class TlsVersion : std::uint8_t { tls10, tls11, tls12, tls13 };

/// What a header of the response is to hold, or must not hold.
struct HttpHeaderRule {
  std::string header;  ///< in lower case
  HttpPattern pattern;
  bool allow_missing = false;
};

/// Made by `read_http_options` alone: exchanges share ownership of the options they were begun with.
struct HttpOptions final : ModuleOptions, std::enable_shared_from_this<HttpOptions> {
  HttpUrl url;
  HttpNames names;
  std::string method = "GET";
  std::vector<std::string> headers;  ///< "Name: value" without Host; "Name;" for an empty value
  std::string body;
  std::vector<unsigned> valid_status_codes;   ///< empty: 200 to 299
  std::vector<unsigned> valid_http_versions;  ///< 10 for HTTP/1.0, 11, 20; empty: any
  bool follow_redirects = true;
  long max_redirects = 10;
  std::vector<HttpPattern> fail_if_body_matches;
  std::vector<HttpPattern> fail_if_body_not_matches;
  std::vector<HttpHeaderRule> fail_if_header_matches;
  std::vector<HttpHeaderRule> fail_if_header_not_matches;
  bool fail_if_ssl = false;
  bool fail_if_not_ssl = false;
  std::string username;
  std::string password;
  std::string bearer_token;
  std::string proxy_url;
  bool http2 = true;
  std::size_t body_size_limit = std::size_t{10} << 20U;
  bool insecure_skip_verify = false;
  TlsVersion min_version = TlsVersion::tls12;
  std::shared_ptr<const HttpTls> tls;

  bool checks_body() const { return !fail_if_body_matches.empty() || !fail_if_body_not_matches.empty(); }
  bool checks_headers() const { return !fail_if_header_matches.empty() || !fail_if_header_not_matches.empty(); }
};

/// Every wrong option is a problem with its place. Secrets are in no message.
std::shared_ptr<const ModuleOptions> read_http_options(OptionReader& reader);

}  // namespace blipd
