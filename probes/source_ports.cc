#include "probes/source_ports.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>
#include <string>
#include <utility>

#include "probes/address.h"
#include "probes/socket_address.h"

namespace blipd {
namespace {

constexpr unsigned kFirstTried = 20000;
constexpr unsigned kLeastPort = 1024;
constexpr unsigned kMostPort = 65535;

PortRange read_ephemeral_range() {
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  unsigned first = 0;
  unsigned last = 0;
  // The kernel's own defaults, for a system that hides the file.
  if (!(file >> first >> last) || first > last || last > kMostPort) return {32768, 60999};
  return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
}

bool raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return false;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

/// A socket of `family`; -1 and errno if there is none to be had.
int open_socket(int family) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
  if (descriptor >= 0 || errno != EMFILE || !raise_file_limit()) return descriptor;
  return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
}

/// A socket bound to `port` on every address; -1 and errno if the port is not to be had.
int bind_port(std::uint16_t port) {
  const Address any_of[] = {Address(), Address::v4(0)};
  for (const Address& any : any_of) {
    const int family = any.is_v4() ? AF_INET : AF_INET6;
    const int descriptor = open_socket(family);
    if (descriptor < 0) {
      if (errno == EAFNOSUPPORT && family == AF_INET6) continue;
      return -1;
    }
    constexpr int kBothFamilies = 0;
    SocketAddress address;
    const socklen_t length = to_socket_address(any, port, address);
    if ((family == AF_INET ||
         ::setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &kBothFamilies, sizeof kBothFamilies) == 0) &&
        ::bind(descriptor, &address.base, length) == 0) {
      return descriptor;
    }
    const int error = errno;
    ::close(descriptor);
    errno = error;
    if (error != EADDRNOTAVAIL) return -1;
  }
  return -1;
}

void close_all(std::vector<int>& descriptors) {
  for (const int descriptor : descriptors) ::close(descriptor);
  descriptors.clear();
}

/// Nobody else's port, and no port that is ours to have: another one may be.
bool is_taken(int error) { return error == EADDRINUSE || error == EACCES; }

struct Attempt {
  std::vector<int> held;  ///< one for each port if the run was free, else empty
  unsigned failed_at = 0;
  int error = 0;
};

Attempt try_run(PortRange run) {
  Attempt attempt;
  for (unsigned port = run.first; port <= run.last; ++port) {
    const int descriptor = bind_port(static_cast<std::uint16_t>(port));
    if (descriptor < 0) {
      attempt.error = errno;
      attempt.failed_at = port;
      close_all(attempt.held);
      return attempt;
    }
    attempt.held.push_back(descriptor);
  }
  return attempt;
}

PortRange run_at(unsigned first, std::size_t count) {
  return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(first + count - 1)};
}

Error cannot_reserve(std::size_t count, const std::string& why) {
  return Error{"cannot reserve " + std::to_string(count) + " TCP source ports in a row: " + why};
}

Error cannot_reserve(std::size_t count, int error) {
  std::string why = describe_errno(error);
  if (error == EMFILE) why += "; allow more open files (LimitNOFILE= in the systemd unit, or `ulimit -n`)";
  return cannot_reserve(count, why);
}

}  // namespace

std::vector<PortRange> preferred_port_runs(PortRange ephemeral, std::size_t count) {
  std::vector<PortRange> runs;
  const auto add = [&](unsigned from, unsigned to) {
    for (unsigned first = from; first + count - 1 <= to; first += static_cast<unsigned>(count)) {
      const PortRange run = run_at(first, count);
      if (run.last < ephemeral.first || run.first > ephemeral.last) runs.push_back(run);
    }
  };
  add(kFirstTried, kMostPort);
  add(kLeastPort, kFirstTried - 1);
  return runs;
}

Result<SourcePorts> SourcePorts::reserve(std::size_t count) {
  for (const PortRange run : preferred_port_runs(read_ephemeral_range(), count)) {
    Attempt attempt = try_run(run);
    if (!attempt.held.empty()) return SourcePorts(run, std::move(attempt.held));
    if (!is_taken(attempt.error)) return cannot_reserve(count, attempt.error);
  }
  for (unsigned first = kLeastPort; first + count - 1 <= kMostPort;) {
    const PortRange run = run_at(first, count);
    Attempt attempt = try_run(run);
    if (!attempt.held.empty()) return SourcePorts(run, std::move(attempt.held));
    if (!is_taken(attempt.error)) return cannot_reserve(count, attempt.error);
    first = attempt.failed_at + 1;
  }
  return cannot_reserve(count, "no free run is left");
}

SourcePorts::SourcePorts(PortRange range, std::vector<int> descriptors)
    : range_(range), descriptors_(std::move(descriptors)) {}

SourcePorts::SourcePorts(SourcePorts&& other) noexcept
    : range_(other.range_), descriptors_(std::exchange(other.descriptors_, {})) {}

SourcePorts& SourcePorts::operator=(SourcePorts&& other) noexcept {
  std::swap(range_, other.range_);
  std::swap(descriptors_, other.descriptors_);
  return *this;
}

SourcePorts::~SourcePorts() { close_all(descriptors_); }

}  // namespace blipd
