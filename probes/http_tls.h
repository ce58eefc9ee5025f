// What a module's TLS sessions trust and show, and what the certificates of a server say about their end.
//
// Files are read and parsed once, with the configuration; sessions share the result. Which certificate holds is
// OpenSSL's verdict, acted on by curl. Only the source file knows OpenSSL.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "probes/clock.h"
#include "probes/result.h"

namespace blipd {

class HttpTls {
 public:
  /// Trusts the authorities of the system, shows no certificate.
  HttpTls();
  ~HttpTls();
  HttpTls(const HttpTls&) = delete;
  HttpTls& operator=(const HttpTls&) = delete;

  /// Trusts the certificates in `pem` and nothing else. The error does not repeat the text.
  std::optional<Error> trust_only(const std::string& pem);
  /// Shows the first certificate in `certificate_pem`, the further ones as its chain. The error does not repeat the
  /// text.
  std::optional<Error> show(const std::string& certificate_pem, const std::string& key_pem);

  /// Sets up a session. `ssl_context` is an SSL_CTX. While the server's certificates are checked, `expiry` becomes the
  /// earliest end of validity of all that it shows and of what it held before, to the second, whether they hold or not;
  /// ends beyond the range of WallTime (in 2262) become its last second. `expiry` outlives the session. False: out of
  /// memory.
  bool set_up(void* ssl_context, std::optional<WallTime>& expiry) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace blipd
