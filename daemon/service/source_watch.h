// Notices that something of our own way out has gone: an address from which we probed (a new lease, a tunnel that was
// set up again), the interface, the default route.
//
// Answers to what was on its way then go to somebody who is not there any more. The prober cannot tell them from
// answers that were lost, and the references may have had nothing in flight just then.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "daemon/service/way_news.h"
#include "probes/address.h"
#include "probes/clock.h"

namespace blipd {

/// Used by one thread.
class SourceWatch {
 public:
  struct Ports {
    /// How the kernel would send there, from that address if one is given; nullopt if there is no way.
    std::function<std::optional<Way>(const Address& to, const std::optional<Address>& from)> way_to;
    /// Whether an interface has the address now.
    std::function<bool(const Address&)> is_own;
  };
  /// Hosts that say by which ways we probe, and the addresses that we are told to send from.
  struct Ways {
    std::vector<Address> hosts;
    std::optional<Address> source4;
    std::optional<Address> source6;
  };
  /// Between these two moments something of ours went away.
  struct Change {
    Instant from{};
    Instant to{};
    WayLoss lost;
  };

  explicit SourceWatch(Ports ports) : ports_(std::move(ports)) {}
  /// The ports of the real machine.
  static Ports kernel();

  /// Looks how we would send to each of the hosts. About once a second.
  std::optional<Change> look(const Ways& ways, Instant now);
  /// The kernel's news, read at `now`, of what was lost since `from`: the first that is ours.
  std::optional<Change> on_losses(const std::vector<WayLoss>& losses, Instant from, Instant now);

 private:
  bool concerns_us(const WayLoss& loss) const;

  Ports ports_;
  std::map<Address, Instant> seen_;  ///< our addresses in use, and when that was last seen
  std::set<unsigned> interfaces_;    ///< by which we send
};

}  // namespace blipd
