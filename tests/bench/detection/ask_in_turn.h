// Asking every host of a network once in each interval.
#pragma once

#include <cstddef>
#include <functional>

#include "tests/bench/detection/asked.h"

namespace blipd::bench {

/// How one probe ended, at `known`: its reply came, or its timeout passed.
struct Heard {
  std::size_t host = 0;
  Duration sent{};
  Duration known{};
  bool reply = false;
};

struct Pace {
  Duration interval{};  ///< between two probes of one host
  Duration timeout{};
  /// Between two probes of a network.
  Duration spacing(const AskedNetwork& network) const {
    return network.hosts() == 0 ? interval : interval / static_cast<Duration::rep>(network.hosts());
  }
  Duration phase{};  ///< of the first host's first probe; the others follow, evenly spread over the interval
};

/// Sends in order of time until `length`; `heard` is called in order of `known`, for what is known before `length`.
void ask_in_turn(Asked& asked, const AskedNetwork& network, const Pace& pace, Duration length,
                 const std::function<void(const Heard&)>& heard);

}  // namespace blipd::bench
