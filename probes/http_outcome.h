// What an exchange that did not end with a response proves about the server, and what it proves about us.
#pragma once

#include "probes/prober.h"

namespace blipd {

/// How a transfer ended, as far as that can be known.
struct HttpEnd {
  int code = 0;          ///< CURLcode; not CURLE_OK
  int os_error = 0;      ///< CURLINFO_OS_ERRNO
  int socket_error = 0;  ///< errno with which our kernel refused the socket or its source; 0: neither
  int route_error = 0;   ///< errno with which our kernel refuses the address last asked, at the end; 0: it has a route
  bool v6 = false;       ///< the address last asked is an IPv6 address
  bool looking_up = false;      ///< a name, of a redirect or the proxy, was being looked up at the end
  bool connected = false;       ///< a TCP connection stood, to the server or the proxy
  bool response_begun = false;  ///< something came back
  bool too_long = false;        ///< we stopped reading because the response is too long
  bool out_of_memory = false;   ///< we stopped reading because we hold too much
  bool held_up = false;         ///< our own thread stood still when the time was up
  bool proxy = false;           ///< the module has a proxy
  long proxy_status = 0;        ///< its answer to CONNECT, 0 without one
};

struct HttpOutcome {
  AnswerKind kind = AnswerKind::unsent;
  FailureReason reason{};  ///< failure only
  int error = 0;           ///< unsent only
  friend bool operator==(const HttpOutcome&, const HttpOutcome&) = default;
};

/// Pure. Never `reply`: whether a whole response is wanted is HttpResponse's to say. What cannot be understood is ours.
HttpOutcome outcome_of(const HttpEnd& end);

}  // namespace blipd
