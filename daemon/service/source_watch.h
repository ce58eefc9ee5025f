// Notices that an address of ours, from which we probed, has gone: a new lease, a tunnel that was set up again.
//
// Answers to what was sent from it go to somebody who is not there any more. The prober cannot tell them from answers
// that were lost, and the references may have had nothing in flight just then.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "probes/address.h"
#include "probes/clock.h"

namespace blipd {

/// Used by one thread.
class SourceWatch {
 public:
  struct Ports {
    /// The address from which the kernel would send there, nullopt if there is no way.
    std::function<std::optional<Address>(const Address& to)> source_to;
    /// Whether an interface has the address now.
    std::function<bool(const Address&)> is_own;
  };
  /// Between these two moments one of our addresses went away.
  struct Change {
    Instant from{};
    Instant to{};
    Address was;
  };

  explicit SourceWatch(Ports ports) : ports_(std::move(ports)) {}
  /// The ports of the real machine.
  static Ports kernel();

  /// Looks from where we would send to each of `hosts`, of which the first eight are asked about. About once a second.
  std::optional<Change> look(const std::vector<Address>& hosts, Instant now);

 private:
  Ports ports_;
  std::map<Address, Instant> seen_;  ///< our addresses in use, and when that was last seen
};

}  // namespace blipd
