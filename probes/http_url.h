// The option `url`: a template that becomes the address of one host, and how that host is named towards the server.
//
// A probe asks one address, and three names are in play: the one of the URL, the one of the header Host, and the one of
// TLS. The URL handed to curl carries the TLS name, because that is where curl takes it from; the header Host is set by
// itself where it differs; and all of them are tied to the address that is probed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/address.h"
#include "probes/result.h"

namespace blipd {

/// Names that the module gives, empty if it does not.
struct HttpNames {
  std::string host_header;  ///< of the option `headers`, perhaps with a port
  std::string server_name;  ///< of `tls`
};

/// One request on its way to one address.
struct HttpAim {
  std::string url;
  std::string host_header;              ///< to be sent as Host; empty: what curl takes from the URL
  std::vector<std::string> connect_to;  ///< entries of CURLOPT_CONNECT_TO, one for each name in play
};

class HttpUrl {
 public:
  static constexpr std::string_view kHost = "{host}";

  /// "http://{host}/": scheme http or https; {host} as the whole name, and anywhere behind it; no user and password.
  /// The error is a sentence that does not repeat the text, which may hold a secret.
  static Result<HttpUrl> parse(const std::string& text);

  /// `host` is a name or an address. IPv6 addresses stand in brackets where the name of a URL stands.
  HttpAim aim(std::string_view host, const Address& to, const HttpNames& names = {}) const;

 private:
  std::string scheme_;  // "http" or "https"
  std::string host_;    // as in the URL: kHost, a name, or an address, IPv6 in brackets
  std::string port_;    // empty: the scheme's
  std::string rest_;    // from the slash on; may hold kHost
};

/// Why `text` is not the URL of a proxy: http, no path. Empty if it is. Does not repeat the text.
std::string why_not_a_proxy(const std::string& text);
/// "name" of "name:8080", "[::1]" of "[::1]:8080".
std::string_view without_port(std::string_view authority);

}  // namespace blipd
