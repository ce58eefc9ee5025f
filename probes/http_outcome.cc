#include "probes/http_outcome.h"

#include <curl/curl.h>

#include <cerrno>
#include <optional>

namespace blipd {
namespace {

HttpOutcome failed(FailureReason reason) { return {AnswerKind::failure, reason, 0}; }
HttpOutcome unsent(int error) { return {AnswerKind::unsent, {}, error}; }
int or_else(int error, int instead) { return error != 0 ? error : instead; }

/// The errors that ICMP and ICMPv6 errors become on a TCP socket (icmp_err_convert and icmpv6_err_convert of Linux).
bool is_icmp_error(int error, bool v6) {
  switch (error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
    case EHOSTDOWN:
    case ENONET:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case EPROTO:
      return true;
    case EACCES:
      return v6;
    default:
      return false;
  }
}

/// No TCP connection.
HttpOutcome of_connect(const HttpEnd& end) {
  if (end.proxy) return unsent(or_else(end.os_error, ECONNREFUSED));
  if (end.os_error == ECONNREFUSED) return failed(FailureReason::refused);
  if (end.os_error == ETIMEDOUT) return failed(FailureReason::timeout);
  if (end.os_error == ECONNRESET || end.os_error == ECONNABORTED) return failed(FailureReason::bad_reply);
  if (end.route_error != 0) return unsent(end.route_error);
  if (is_icmp_error(end.os_error, end.v6)) return failed(FailureReason::unreachable);
  return unsent(or_else(end.os_error, EIO));
}

/// A TCP connection that broke.
HttpOutcome of_traffic(const HttpEnd& end) {
  if (end.os_error == ETIMEDOUT) return failed(FailureReason::timeout);
  if (is_icmp_error(end.os_error, end.v6)) return failed(FailureReason::unreachable);
  return failed(FailureReason::bad_reply);
}

/// The proxy has answered CONNECT with something else than success. That it does not reach the server is the server's
/// matter; that it does not let us through is ours.
std::optional<HttpOutcome> of_proxy(const HttpEnd& end) {
  if (!end.proxy || end.proxy_status == 0 || (end.proxy_status >= 200 && end.proxy_status <= 299)) return std::nullopt;
  const bool gateway = end.proxy_status >= 502 && end.proxy_status <= 504;
  return gateway ? failed(FailureReason::unreachable) : unsent(EACCES);
}

}  // namespace

HttpOutcome outcome_of(const HttpEnd& end) {
  if (end.too_long) return failed(FailureReason::bad_reply);
  if (end.out_of_memory) return unsent(ENOMEM);
  if (end.socket_error != 0) return unsent(end.socket_error);
  if (end.code == CURLE_OPERATION_TIMEDOUT) {
    if (end.held_up) return unsent(ETIME);
    // Whose name server is silent, ours or the server's, nobody knows.
    if (end.looking_up || (end.proxy && !end.connected)) return unsent(ETIMEDOUT);
    return failed(FailureReason::timeout);
  }
  if (const std::optional<HttpOutcome> outcome = of_proxy(end)) return *outcome;
  switch (end.code) {
    case CURLE_COULDNT_CONNECT:
      return of_connect(end);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return of_traffic(end);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
      return failed(FailureReason::tls);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_BAD_CONTENT_ENCODING:
    // Where a redirect leads: in circles, to another protocol, to no URL, to a name that is not found.
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_HOST:
      return failed(FailureReason::bad_reply);
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PROXY:
      return unsent(or_else(end.os_error, EHOSTUNREACH));
    // Also the error for a header line beyond curl's limit, in its versions before 8.7.
    case CURLE_OUT_OF_MEMORY:
      return end.response_begun ? failed(FailureReason::bad_reply) : unsent(ENOMEM);
    case CURLE_SSL_CERTPROBLEM:
      return unsent(EINVAL);
    default:
      break;
  }
#if LIBCURL_VERSION_NUM >= 0x080600
  if (end.code == CURLE_TOO_LARGE) return failed(FailureReason::bad_reply);
#endif
  return unsent(EIO);
}

}  // namespace blipd
