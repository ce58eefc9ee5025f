#include "tests/lab/tun.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <initializer_list>
#include <sstream>

#include "tests/lab/ip_packet.h"
#include "tests/lab/netlink.h"

namespace blipd::lab {
namespace {

constexpr const char* kName = "lab0";
// A whole batch of a fast prober fits; what does not fit would look like loss.
constexpr unsigned kQueue = 65536;

// Best effort: a container may have mounted these read-only, and the defaults of a new namespace mostly fit.
void write_setting(const std::string& path, const char* value) { std::ofstream(path) << value << std::flush; }

// Answers come from routers and neighbours that no route leads back to, which a reverse-path filter would drop; and
// IPv6 may be off by default.
void relax_settings() {
  const std::string settings = "/proc/sys/net/";
  for (const char* device : {"all", kName}) {
    write_setting(settings + "ipv4/conf/" + device + "/rp_filter", "0");
    write_setting(settings + "ipv6/conf/" + device + "/disable_ipv6", "0");
  }
}

Result<void> add_routes(Netlink& netlink, const Routing& routing, bool v6) {
  for (const IpPrefix& prefix : routing.routes) {
    if (prefix.first.v6 != v6) continue;
    if (auto added = netlink.add_route(kName, prefix, v6 ? routing.address6 : routing.address); !added) return added;
  }
  return {};
}

Result<void> configure(const Routing& routing) {
  auto netlink = Netlink::open();
  if (!netlink) return netlink.error();
  if (auto up = netlink->set_up("lo", 0, 0); !up) return up;
  relax_settings();
  if (auto up = netlink->set_up(kName, static_cast<unsigned>(kMtu), kQueue); !up) return up;
  for (const bool v6 : {false, true}) {
    auto added = netlink->add_address(kName, v6 ? routing.address6 : routing.address);
    if (added) added = add_routes(*netlink, routing, v6);
    // A machine without IPv6 can still play an IPv4 scenario.
    if (!added && (!v6 || routing.needs6)) return added;
  }
  return {};
}

}  // namespace

Result<Tun> Tun::open(const Routing& routing) {
  Descriptor device(::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (device.get() < 0) return Error{"/dev/net/tun cannot be opened: " + describe_errno(errno)};
  ifreq request{};
  std::copy_n(kName, std::char_traits<char>::length(kName), request.ifr_name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (ioctl(device.get(), TUNSETIFF, &request) != 0) return Error{"a TUN device is refused: " + describe_errno(errno)};
  if (auto configured = configure(routing); !configured) return configured.error();
  return Tun(std::move(device), kName);
}

std::span<const std::uint8_t> Tun::read(std::span<std::uint8_t> buffer) {
  const ssize_t got = ::read(device_.get(), buffer.data(), buffer.size());
  return buffer.first(got > 0 ? static_cast<std::size_t>(got) : 0);
}

bool Tun::write(std::span<const std::uint8_t> packet) {
  return ::write(device_.get(), packet.data(), packet.size()) == static_cast<ssize_t>(packet.size());
}

std::uint64_t Tun::drops() const {
  std::ifstream table("/proc/self/net/dev");
  for (std::string line; std::getline(table, line);) {
    const std::size_t name = line.find(name_ + ":");
    if (name == std::string::npos) continue;
    std::istringstream columns(line.substr(name + name_.size() + 1));
    std::uint64_t value = 0;
    // Eight columns of receiving come first, then bytes, packets, errors and drops of sending.
    for (int column = 0; column < 12; ++column) columns >> value;
    return value;
  }
  return 0;
}

}  // namespace blipd::lab
