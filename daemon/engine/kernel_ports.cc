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

}  // namespace

EnginePorts kernel_ports() {
  return {[](const ProberType& type, const ProbeEnvironment& environment) { return type.open(environment); },
          LocalFaults(),
          {},
          {}};
}

}  // namespace blipd
