// The few rtnetlink requests the lab needs: bring a link up, give it an address, route to it (rtnetlink(7)).
#pragma once

#include <string>

#include "probes/result.h"
#include "tests/lab/descriptor.h"
#include "tests/lab/ip.h"

namespace blipd::lab {

class Netlink {
 public:
  static Result<Netlink> open();

  /// Sets the link up; `mtu` and `queue` (packets) are left alone if 0.
  Result<void> set_up(const std::string& device, unsigned mtu, unsigned queue);
  /// A single address (/32 or /128), usable at once.
  Result<void> add_address(const std::string& device, const Ip& address);
  /// `source` is preferred as the source address.
  Result<void> add_route(const std::string& device, const IpPrefix& prefix, const Ip& source);

 private:
  explicit Netlink(Descriptor socket) : socket_(std::move(socket)) {}

  Descriptor socket_;
};

}  // namespace blipd::lab
