#include <algorithm>
#include <chrono>
#include <ctime>
#include <memory>
#include <optional>
#include <utility>

#include "daemon/engine/engine.h"
#include "probes/local_addresses.h"

namespace blipd {
namespace {

/// Interfaces come and go; what they looked like is good for this long.
constexpr Duration kPictureAge = std::chrono::seconds(10);

class LocalFaults {
 public:
  bool operator()(const Answer& error) {
    if (!taken_ || error.received - *taken_ > kPictureAge) {
      // If the kernel does not tell, the last picture is better than none.
      if (Result<LocalAddresses> read = LocalAddresses::read()) addresses_ = std::move(*read);
      taken_ = error.received;
    }
    // A neighbour that does not answer ARP is silent itself; behind a gateway it is our way that is broken
    // (docs/decisions/0005).
    return addresses_.is_own(error.from) && !addresses_.on_link(error.to);
  }

 private:
  LocalAddresses addresses_;
  std::optional<Instant> taken_;
};

/// CLOCK_BOOTTIME runs while the machine sleeps and CLOCK_MONOTONIC does not. They are read one after the other, and
/// the thread may be held up in between: what is certain is a lower bound, and the greatest is kept.
class Suspensions {
 public:
  Duration operator()() {
    const Instant boot = BootClock::now();
    timespec read{};
    ::clock_gettime(CLOCK_MONOTONIC, &read);
    const Duration awake = std::chrono::seconds(read.tv_sec) + std::chrono::nanoseconds(read.tv_nsec);
    longest_ = std::max(longest_, boot.time_since_epoch() - awake);
    return longest_;
  }

 private:
  Duration longest_{};
};

}  // namespace

EnginePorts kernel_ports() {
  return {[](const ProberType& type, const ProbeEnvironment& environment) { return type.open(environment); },
          LocalFaults(),
          {},
          {},
          Suspensions()};
}

}  // namespace blipd
