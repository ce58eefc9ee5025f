// The parts of an exchange, out of what curl tells about its times.
//
// Curl starts its times at zero for each request of an exchange and keeps their sums. What the sums have grown by since
// the last request belongs to the request under way; a part that a request does not have (TLS without https) does not
// grow. So the sums are looked at with each response.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "probes/prober.h"

namespace blipd {

/// From the begin of a request to the end of one of its parts, summed over the requests of an exchange.
struct HttpTimes {
  std::chrono::microseconds resolved{};
  std::chrono::microseconds connected{};  ///< TCP
  std::chrono::microseconds secured{};    ///< TLS
  std::chrono::microseconds requested{};  ///< about to send the request
  std::chrono::microseconds answered{};   ///< the first byte of the response
};

/// The whole of an exchange.
struct HttpWhole {
  std::size_t redirects = 0;                   ///< followed
  std::chrono::microseconds before_request{};  ///< all requests but the last one
  std::chrono::microseconds total{};
};

/// Pure.
class HttpPhases {
 public:
  /// A response begins. Calling it again for the same one changes nothing. `https`: the scheme of the request.
  void take(const HttpTimes& now, bool https);
  /// The exchange has ended. The phases are the whole; what none of the times tells is the time that the phase took
  /// which the end came in, and the bodies of redirects, which are transfer.
  void close(const HttpTimes& now, bool https, const HttpWhole& whole);
  const std::array<Duration, kHttpPhases>& all() const { return phases_; }
  /// The phase that the end came in; after `close`.
  HttpPhase last() const { return reached_; }

 private:
  void add(HttpPhase phase, Duration spent);
  Duration sum() const;

  std::array<Duration, kHttpPhases> phases_{};
  HttpTimes last_;
  std::size_t requests_ = 0;
  Duration before_request_{};  // phases of all requests but the last that was seen
  HttpPhase reached_ = HttpPhase::resolve;
};

}  // namespace blipd
