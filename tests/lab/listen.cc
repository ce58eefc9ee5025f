#include "tests/lab/listen.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>
#include <utility>

#include "tests/lab/ip.h"

namespace blipd::lab {
namespace {

constexpr int kFirstDescriptor = 64;
constexpr int kBacklog = 128;

struct Endpoint {
  Ip ip;
  std::uint16_t port = 0;
};

std::optional<Endpoint> parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.empty()) {
    host = "::";
  } else if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return std::nullopt;
  }
  Endpoint endpoint;
  const auto ip = Ip::parse(host);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, endpoint.port);
  if (!ip || error != std::errc() || stop != end) return std::nullopt;
  endpoint.ip = *ip;
  return endpoint;
}

// A socket address of either family.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

SocketAddress to_socket_address(const Endpoint& endpoint) {
  SocketAddress address;
  if (endpoint.ip.v6) {
    sockaddr_in6 in6{};
    in6.sin6_family = AF_INET6;
    in6.sin6_port = htons(endpoint.port);
    std::memcpy(&in6.sin6_addr, endpoint.ip.bytes.data(), 16);
    std::memcpy(&address.storage, &in6, sizeof in6);
    address.size = sizeof in6;
  } else {
    sockaddr_in in4{};
    in4.sin_family = AF_INET;
    in4.sin_port = htons(endpoint.port);
    std::memcpy(&in4.sin_addr, endpoint.ip.bytes.data(), 4);
    std::memcpy(&address.storage, &in4, sizeof in4);
    address.size = sizeof in4;
  }
  return address;
}

std::string endpoint_of(int fd, const Ip& ip) {
  SocketAddress address;
  if (getsockname(fd, address.raw(), &address.size) != 0) return "?";
  in_port_t port = 0;
  const std::size_t at = ip.v6 ? offsetof(sockaddr_in6, sin6_port) : offsetof(sockaddr_in, sin_port);
  std::memcpy(&port, reinterpret_cast<const char*>(&address.storage) + at, sizeof port);
  const std::string host = ip.v6 ? "[" + ip.to_string() + "]" : ip.to_string();
  return host + ":" + std::to_string(ntohs(port));
}

Result<Descriptor> open_socket(const Endpoint& endpoint) {
  const Descriptor low(socket(endpoint.ip.v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (low.get() < 0) return Error{describe_errno(errno)};
  const int on = 1;
  const int off = 0;
  setsockopt(low.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (endpoint.ip.v6) setsockopt(low.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  SocketAddress address = to_socket_address(endpoint);
  if (bind(low.get(), address.raw(), address.size) != 0 || listen(low.get(), kBacklog) != 0) {
    return Error{describe_errno(errno)};
  }
  Descriptor high(fcntl(low.get(), F_DUPFD_CLOEXEC, kFirstDescriptor));
  if (high.get() < 0) return Error{describe_errno(errno)};
  return high;
}

}  // namespace

Result<Listener> open_listener(const std::string& address) {
  auto endpoint = parse_endpoint(address);
  if (!endpoint) return Error{"listen on " + address + ": not an address and port"};
  auto socket = open_socket(*endpoint);
  if (!socket && address.front() == ':') {
    endpoint->ip = Ip{};
    socket = open_socket(*endpoint);
  }
  if (!socket) return Error{"listen on " + address + ": " + socket.error().message};
  std::string text = endpoint_of(socket->get(), endpoint->ip);
  return Listener{std::move(*socket), std::move(text)};
}

}  // namespace blipd::lab
