#include "probes/http_outcome.h"

#include <curl/curl.h>

#include <cerrno>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

HttpOutcome failure(FailureReason reason) { return {AnswerKind::failure, reason, 0}; }
HttpOutcome unsent(int error) { return {AnswerKind::unsent, {}, error}; }

struct Case {
  HttpEnd end;
  HttpOutcome outcome;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    CAPTURE(c.end.code, c.end.os_error, c.end.socket_error, c.end.route_error, c.end.v6, c.end.proxy_status);
    const HttpOutcome outcome = outcome_of(c.end);
    CHECK(outcome.kind == c.outcome.kind);
    CHECK(outcome.reason == c.outcome.reason);
    CHECK(outcome.error == c.outcome.error);
  }
}

HttpEnd connect_error(int error) { return {.code = CURLE_COULDNT_CONNECT, .os_error = error}; }

TEST_CASE("without a TCP connection the error of the socket says whose matter it is") {
  check({{connect_error(ECONNREFUSED), failure(FailureReason::refused)},
         {connect_error(ETIMEDOUT), failure(FailureReason::timeout)},
         {connect_error(ECONNRESET), failure(FailureReason::bad_reply)},
         {connect_error(EHOSTUNREACH), failure(FailureReason::unreachable)},
         {connect_error(ENETUNREACH), failure(FailureReason::unreachable)},
         {connect_error(EHOSTDOWN), failure(FailureReason::unreachable)},
         {connect_error(ENOPROTOOPT), failure(FailureReason::unreachable)},
         // ICMPv6 "administratively prohibited" and "reject route"; with IPv4 only our own kernel says so.
         {{.code = CURLE_COULDNT_CONNECT, .os_error = EACCES, .v6 = true}, failure(FailureReason::unreachable)},
         {connect_error(EACCES), unsent(EACCES)},
         {connect_error(EPERM), unsent(EPERM)},
         {connect_error(EADDRNOTAVAIL), unsent(EADDRNOTAVAIL)},
         {connect_error(ENOBUFS), unsent(ENOBUFS)},
         {connect_error(EMFILE), unsent(EMFILE)},
         {connect_error(0), unsent(EIO)}});
}

TEST_CASE("an address to which our kernel has no route was not asked") {
  check({{{.code = CURLE_COULDNT_CONNECT, .os_error = ENETUNREACH, .route_error = ENETUNREACH}, unsent(ENETUNREACH)},
         {{.code = CURLE_COULDNT_CONNECT, .os_error = EHOSTUNREACH, .route_error = EHOSTUNREACH}, unsent(EHOSTUNREACH)},
         {{.code = CURLE_COULDNT_CONNECT, .os_error = EACCES, .route_error = EACCES, .v6 = true}, unsent(EACCES)},
         // A RST came from somewhere, whatever the route is now.
         {{.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED, .route_error = ENETUNREACH},
          failure(FailureReason::refused)}});
}

TEST_CASE("a socket that our kernel refuses proves nothing") {
  for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, ENODEV, EPERM}) {
    check({{{.code = CURLE_COULDNT_CONNECT, .socket_error = error}, unsent(error)},
           {{.code = CURLE_OPERATION_TIMEDOUT, .socket_error = error}, unsent(error)}});
  }
}

TEST_CASE("what breaks later says what was wrong with it") {
  check({{{.code = CURLE_OPERATION_TIMEDOUT}, failure(FailureReason::timeout)},
         {{.code = CURLE_OPERATION_TIMEDOUT, .connected = true}, failure(FailureReason::timeout)},
         {{.code = CURLE_OPERATION_TIMEDOUT, .held_up = true}, unsent(ETIME)},
         {{.code = CURLE_OPERATION_TIMEDOUT, .looking_up = true}, unsent(ETIMEDOUT)},
         {{.code = CURLE_RECV_ERROR, .os_error = ECONNRESET}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_SEND_ERROR, .os_error = EPIPE}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_RECV_ERROR}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_RECV_ERROR, .os_error = ETIMEDOUT}, failure(FailureReason::timeout)},
         {{.code = CURLE_RECV_ERROR, .os_error = EHOSTUNREACH}, failure(FailureReason::unreachable)},
         {{.code = CURLE_SSL_CONNECT_ERROR, .os_error = ECONNRESET}, failure(FailureReason::tls)},
         {{.code = CURLE_PEER_FAILED_VERIFICATION}, failure(FailureReason::tls)},
         {{.code = CURLE_GOT_NOTHING}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_PARTIAL_FILE}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_WEIRD_SERVER_REPLY}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_UNSUPPORTED_PROTOCOL}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_HTTP2_STREAM}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_TOO_MANY_REDIRECTS}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_COULDNT_RESOLVE_HOST}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_URL_MALFORMAT}, failure(FailureReason::bad_reply)}});
}

TEST_CASE("too much is the server's matter, too little memory is ours") {
  check({{{.code = CURLE_WRITE_ERROR, .too_long = true}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_WRITE_ERROR, .out_of_memory = true}, unsent(ENOMEM)},
         {{.code = CURLE_OUT_OF_MEMORY}, unsent(ENOMEM)},
         {{.code = CURLE_OUT_OF_MEMORY, .response_begun = true}, failure(FailureReason::bad_reply)},
         {{.code = CURLE_SSL_CERTPROBLEM}, unsent(EINVAL)},
         {{.code = CURLE_FAILED_INIT}, unsent(EIO)},
         {{.code = CURLE_WRITE_ERROR}, unsent(EIO)}});
}

TEST_CASE("a proxy that is in the way is not the server's fault") {
  check({{{.code = CURLE_COULDNT_CONNECT, .os_error = ECONNREFUSED, .proxy = true}, unsent(ECONNREFUSED)},
         {{.code = CURLE_COULDNT_CONNECT, .proxy = true}, unsent(ECONNREFUSED)},
         {{.code = CURLE_OPERATION_TIMEDOUT, .proxy = true}, unsent(ETIMEDOUT)},
         {{.code = CURLE_OPERATION_TIMEDOUT, .connected = true, .proxy = true}, failure(FailureReason::timeout)},
         {{.code = CURLE_COULDNT_RESOLVE_PROXY, .proxy = true}, unsent(EHOSTUNREACH)},
         {{.code = CURLE_RECV_ERROR, .proxy = true, .proxy_status = 407}, unsent(EACCES)},
         {{.code = CURLE_RECV_ERROR, .proxy = true, .proxy_status = 502}, failure(FailureReason::unreachable)},
         {{.code = CURLE_RECV_ERROR, .proxy = true, .proxy_status = 504}, failure(FailureReason::unreachable)},
         {{.code = CURLE_RECV_ERROR, .proxy = true, .proxy_status = 505}, unsent(EACCES)},
         {{.code = CURLE_RECV_ERROR, .os_error = ECONNRESET, .proxy = true, .proxy_status = 200},
          failure(FailureReason::bad_reply)}});
}

TEST_CASE("no error of curl becomes a reply") {
  for (int code = 1; code < CURL_LAST; ++code) {
    CAPTURE(code);
    const HttpOutcome outcome = outcome_of({.code = code});
    CHECK((outcome.kind == AnswerKind::failure || outcome.kind == AnswerKind::unsent));
    CHECK((outcome.error != 0) == (outcome.kind == AnswerKind::unsent));
  }
}

}  // namespace
}  // namespace blipd
