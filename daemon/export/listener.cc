#include "daemon/export/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <system_error>

namespace blipd {

namespace {

struct HostAndPort {
  std::string host;  // without brackets; empty: all addresses
  std::uint16_t port = 0;
};

std::optional<HostAndPort> split(std::string_view address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = address.substr(0, colon);
  const std::string_view port = address.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) {
    host = host.substr(1, host.size() - 2);
  }
  // Without brackets the last group of an IPv6 address would be taken for the port; in brackets stands IPv6 only.
  if ((host.find(':') != std::string_view::npos) != bracketed) return std::nullopt;
  HostAndPort out{host == "localhost" ? "127.0.0.1" : std::string(host), 0};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) return std::nullopt;
  return out;
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

template <class Address>
SocketAddress stored(const Address& address) {
  SocketAddress out;
  std::memcpy(&out.storage, &address, sizeof address);
  out.length = sizeof address;
  return out;
}

std::optional<SocketAddress> socket_address(const std::string& host, std::uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) return stored(v4);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) return stored(v6);
  return std::nullopt;
}

std::string bound_endpoint(int descriptor, int& family) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return "unknown";
  family = storage.ss_family;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
    return std::string(text.data()) + ':' + std::to_string(ntohs(v4.sin_port));
  }
  if (family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &storage, sizeof v6);
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    return '[' + std::string(text.data()) + "]:" + std::to_string(ntohs(v6.sin6_port));
  }
  if (family == AF_UNIX && length > offsetof(sockaddr_un, sun_path)) {
    sockaddr_un local{};
    std::memcpy(&local, &storage, sizeof local);
    return "unix:" + std::string(local.sun_path, strnlen(local.sun_path, sizeof local.sun_path));
  }
  return "unknown";
}

// 0 or an errno value.
int open_listener(const SocketAddress& address, bool both_families, Listener& out) {
  const int descriptor = socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return errno;
  const int on = 1;
  const int v6_only = both_families ? 0 : 1;
  setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.storage.ss_family == AF_INET6) {
    setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  }
  if (bind(descriptor, reinterpret_cast<const sockaddr*>(&address.storage), address.length) != 0 ||
      listen(descriptor, SOMAXCONN) != 0) {
    const int error = errno;
    close(descriptor);
    return error;
  }
  out.descriptor = descriptor;
  out.endpoint = bound_endpoint(descriptor, out.family);
  return 0;
}

}  // namespace

Result<Listener> listen_on(std::string_view address) {
  const std::string context = "listen on " + std::string(address) + ": ";
  const std::optional<HostAndPort> parts = split(address);
  const std::string host = !parts || parts->host.empty() ? "::" : parts->host;
  const std::optional<SocketAddress> where = parts ? socket_address(host, parts->port) : std::nullopt;
  if (!where) return Error{context + "not an address and port; write :12214, 127.0.0.1:12214 or [::1]:12214"};
  Listener listener;
  const bool all_addresses = parts->host.empty();
  int error = open_listener(*where, all_addresses, listener);
  if (all_addresses && (error == EAFNOSUPPORT || error == EADDRNOTAVAIL)) {
    error = open_listener(*socket_address("0.0.0.0", parts->port), false, listener);
  }
  if (error != 0) return Error{context + describe_errno(error)};
  return listener;
}

Result<Listener> adopt_listener(int descriptor) {
  int listening = 0;
  int type = 0;
  socklen_t length = sizeof(int);
  if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0 ||
      getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || listening == 0 || type != SOCK_STREAM) {
    return Error{"inherited descriptor " + std::to_string(descriptor) + ": not a listening stream socket"};
  }
  fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
  Listener listener;
  listener.descriptor = descriptor;
  listener.endpoint = bound_endpoint(descriptor, listener.family);
  return listener;
}

}  // namespace blipd
