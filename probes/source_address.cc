#include "probes/source_address.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "probes/route_news.h"
#include "probes/socket_address.h"

namespace blipd {
namespace {

/// Connecting needs a port; none is ever sent to.
constexpr std::uint16_t kAnyPort = 9;

class RouteSocket {
 public:
  RouteSocket() : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
  RouteSocket(const RouteSocket&) = delete;
  RouteSocket& operator=(const RouteSocket&) = delete;
  ~RouteSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

SourceAddress ask_kernel(int descriptor, const Address& to) {
  // Connected once, a socket keeps its source address until it is disconnected.
  sockaddr nowhere{};
  nowhere.sa_family = AF_UNSPEC;
  if (::connect(descriptor, &nowhere, sizeof nowhere) != 0) return {0, errno};
  SocketAddress address;
  socklen_t length = to_socket_address(to, kAnyPort, address);
  if (::connect(descriptor, &address.base, length) != 0) return {0, errno};
  length = sizeof address;
  if (::getsockname(descriptor, &address.base, &length) != 0) return {0, errno};
  return {from_socket_address(&address.base).v4_value(), 0};
}

}  // namespace

void SourceAddresses::look_for_changes(Instant now) {
  if (now < looked_ + kLook) return;
  looked_ = now;
  // A link's news goes out before its routes are gone. What is asked soon after may be about the old ones.
  if (changed_()) calm_since_ = now + kKept;
}

bool SourceAddresses::is_good(const Entry& entry, Instant now) const {
  return now < entry.asked + (entry.asked >= calm_since_ ? kKeptUnchanged : kKept);
}

SourceAddress SourceAddresses::find(const Address& to, Instant now) {
  const std::uint32_t network = to.v4_value() >> 8U;
  Entry& entry = entries_[place_of(network)];
  if (entry.network == network && is_good(entry, now)) return {entry.source, 0};
  const SourceAddress answer = ask_(to);
  if (answer.error == 0) entry = {network, answer.v4, now};
  return answer;
}

Result<SourceAddresses::Ask> kernel_source_addresses(const std::string& interface) {
  const auto socket = std::make_shared<RouteSocket>();
  if (socket->descriptor() < 0) return Error{"cannot open a UDP socket: " + describe_errno(errno)};
  if (!interface.empty() && ::setsockopt(socket->descriptor(), SOL_SOCKET, SO_BINDTODEVICE, interface.data(),
                                         static_cast<socklen_t>(interface.size())) != 0) {
    return Error{"cannot bind to the interface of the vantage (" + interface + "): " + describe_errno(errno)};
  }
  return SourceAddresses::Ask([socket](const Address& to) { return ask_kernel(socket->descriptor(), to); });
}

SourceAddresses::Changed kernel_route_changes() {
  return [news = std::make_shared<RouteNews>()] { return news->take(); };
}

}  // namespace blipd
