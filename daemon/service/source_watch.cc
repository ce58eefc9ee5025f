#include "daemon/service/source_watch.h"

#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "daemon/service/descriptor.h"
#include "probes/local_addresses.h"
#include "probes/socket_address.h"

namespace blipd {
namespace {

constexpr std::size_t kMostHosts = 8;
constexpr std::uint16_t kAnyPort = 9;

/// A UDP socket that is connected sends nothing; it has looked for the way.
std::optional<Address> kernel_source_to(const Address& to) {
  SocketAddress address;
  const socklen_t length = to_socket_address(to, kAnyPort, address);
  const Descriptor socket(::socket(to.is_v4() ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), &address.base, length) != 0) return std::nullopt;
  SocketAddress own;
  socklen_t room = sizeof own;
  if (::getsockname(socket.get(), &own.base, &room) != 0) return std::nullopt;
  return from_socket_address(&own.base);
}

/// If the kernel does not tell, nothing has gone.
bool kernel_is_own(const Address& address) {
  const Result<LocalAddresses> read = LocalAddresses::read();
  return !read || read->is_own(address);
}

}  // namespace

SourceWatch::Ports SourceWatch::kernel() { return {kernel_source_to, kernel_is_own}; }

std::optional<SourceWatch::Change> SourceWatch::look(const std::vector<Address>& hosts, Instant now) {
  for (std::size_t i = 0; i < std::min(hosts.size(), kMostHosts); ++i) {
    if (const std::optional<Address> source = ports_.source_to(hosts[i])) seen_.insert_or_assign(*source, now);
  }
  std::optional<Change> change;
  for (auto at = seen_.begin(); at != seen_.end();) {
    if (at->second == now) {
      ++at;
      continue;
    }
    // Another way is taken: what was sent from there may still be answered there, if the address is left.
    if (!ports_.is_own(at->first)) change = Change{at->second, now, at->first};
    at = seen_.erase(at);
  }
  return change;
}

}  // namespace blipd
