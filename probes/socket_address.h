// Addresses between our form and the kernel's.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "probes/address.h"

namespace blipd {

/// Room for either family, smaller than sockaddr_storage: batches hold many of them.
union SocketAddress {
  sockaddr base;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

/// Fills `out` and returns the length the kernel wants to be told.
inline socklen_t to_socket_address(const Address& address, std::uint16_t port, SocketAddress& out) {
  out = SocketAddress{};
  if (address.is_v4()) {
    out.v4 = sockaddr_in{};
    out.v4.sin_family = AF_INET;
    out.v4.sin_port = htons(port);
    out.v4.sin_addr.s_addr = htonl(address.v4_value());
    return sizeof(sockaddr_in);
  }
  out.v6 = sockaddr_in6{};
  out.v6.sin6_family = AF_INET6;
  out.v6.sin6_port = htons(port);
  std::copy(address.bytes().begin(), address.bytes().end(), out.v6.sin6_addr.s6_addr);
  return sizeof(sockaddr_in6);
}

/// `::` for a family that is neither.
inline Address from_socket_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, address, sizeof v4);
    return Address::v4(ntohl(v4.sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, address, sizeof v6);
    std::array<std::uint8_t, 16> bytes{};
    std::copy(std::begin(v6.sin6_addr.s6_addr), std::end(v6.sin6_addr.s6_addr), bytes.begin());
    return Address(bytes);
  }
  return {};
}

}  // namespace blipd
