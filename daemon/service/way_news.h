// What the kernel says of our interfaces, addresses and default routes, as it happens (rtnetlink).
//
// Who looks once a second sees an interface that goes down and stays down. One that was down for a moment leaves no
// trace but lost answers, and nothing tells these from lost answers of a network. The kernel tells of it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "daemon/service/descriptor.h"
#include "probes/address.h"
#include "probes/result.h"

namespace blipd {

/// Something of our own way out that is no longer there.
struct WayLoss {
  enum class What : std::uint8_t { interface, address, default_route };
  What what{};
  unsigned interface = 0;  ///< its number
  Address address;         ///< of `address`

  friend bool operator==(const WayLoss&, const WayLoss&) = default;
};

/// The losses that rtnetlink messages tell of. An interface without a carrier is as good as down.
std::vector<WayLoss> read_way_losses(std::span<const std::uint8_t> messages);

/// The kernel's news. Non-blocking; used by one thread.
class WayNews {
 public:
  static Result<WayNews> open();
  int descriptor() const { return socket_.get(); }
  /// What was lost since the last reading.
  std::vector<WayLoss> read();

 private:
  explicit WayNews(Descriptor socket) : socket_(std::move(socket)) {}
  Descriptor socket_;
};

/// How our kernel would send.
struct Way {
  Address source;
  unsigned interface = 0;  ///< its number
};

/// How it would send there, from that address if one is given; none if it has no way.
std::optional<Way> kernel_way_to(const Address& to, const std::optional<Address>& from);

}  // namespace blipd
