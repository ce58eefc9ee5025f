#include "probes/packet_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
// The kernel's headers below use timespec without including it.
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <linux/sock_diag.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "probes/socket_address.h"

namespace blipd {
namespace {

constexpr int kReceiveBuffer = 8 << 20;
constexpr int kSendBuffer = 4 << 20;
constexpr std::size_t kMostStamps = 16;
/// Bounds loops that end when a queue is empty.
constexpr int kMostReads = 4096;

template <class T>
bool set_option(int descriptor, int level, int name, const T& value) {
  return ::setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

bool attach_filter(int descriptor, std::vector<sock_filter> filter) {
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return set_option(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, program);
}

/// Between its creation and the filter the socket is shown everything: first nothing more may come in, then what came
/// in is thrown away, then the door opens for what is wanted.
bool install_filter(int descriptor, const std::vector<sock_filter>& filter) {
  if (!attach_filter(descriptor, {{BPF_RET | BPF_K, 0, 0, 0}})) return false;
  char byte = 0;
  for (int i = 0; i < kMostReads && ::recv(descriptor, &byte, sizeof byte, MSG_DONTWAIT | MSG_TRUNC) >= 0; ++i) {
  }
  return attach_filter(descriptor, filter) && set_option(descriptor, SOL_SOCKET, SO_LOCK_FILTER, 1);
}

/// The first needs CAP_NET_ADMIN and goes beyond net.core.rmem_max; the second is cut to it.
void ask_for_room(int descriptor) {
  if (!set_option(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer)) {
    set_option(descriptor, SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
  }
  if (!set_option(descriptor, SOL_SOCKET, SO_SNDBUFFORCE, kSendBuffer)) {
    set_option(descriptor, SOL_SOCKET, SO_SNDBUF, kSendBuffer);
  }
}

/// What failed, or null.
const char* configure(int descriptor, const PacketSocketOptions& options) {
  if (!install_filter(descriptor, options.filter)) return "cannot attach the packet filter to a raw socket";
  ask_for_room(descriptor);
  constexpr unsigned kStamps =
      SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY;
  if (!set_option(descriptor, SOL_SOCKET, SO_TIMESTAMPING, kStamps)) return "cannot switch kernel time stamps on";
  if (options.family == AF_INET6 && !set_option(descriptor, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)) {
    return "cannot ask for hop limits";
  }
  if (options.checksum_offset && !set_option(descriptor, IPPROTO_IPV6, IPV6_CHECKSUM, *options.checksum_offset)) {
    return "cannot have the kernel fill in checksums";
  }
  if (!options.interface.empty() && ::setsockopt(descriptor, SOL_SOCKET, SO_BINDTODEVICE, options.interface.data(),
                                                 static_cast<socklen_t>(options.interface.size())) != 0) {
    return "cannot bind to the interface of the vantage";
  }
  if (options.source) {
    SocketAddress address;
    const socklen_t length = to_socket_address(*options.source, 0, address);
    if (::bind(descriptor, &address.base, length) != 0) return "cannot send from the source address of the vantage";
  }
  return nullptr;
}

std::string subject_of(const char* failed, const PacketSocketOptions& options) {
  std::string text = failed;
  if (text.ends_with("interface of the vantage")) text += " (" + options.interface + ")";
  if (text.ends_with("source address of the vantage")) text += " (" + options.source->to_string() + ")";
  return text;
}

/// The key and the wall clock time in one message of the error queue; none if it is not a send stamp.
std::optional<SendStamp> stamp_in(msghdr& message) {
  std::optional<std::uint32_t> key;
  std::optional<WallStamp> wall;
  for (cmsghdr* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_TIMESTAMPING) {
      scm_timestamping stamps{};
      std::memcpy(&stamps, CMSG_DATA(control), sizeof stamps);
      wall = std::chrono::seconds(stamps.ts[0].tv_sec) + std::chrono::nanoseconds(stamps.ts[0].tv_nsec);
    } else if ((control->cmsg_level == SOL_IP && control->cmsg_type == IP_RECVERR) ||
               (control->cmsg_level == SOL_IPV6 && control->cmsg_type == IPV6_RECVERR)) {
      sock_extended_err error{};
      std::memcpy(&error, CMSG_DATA(control), sizeof error);
      if (error.ee_origin == SO_EE_ORIGIN_TIMESTAMPING && error.ee_info == SCM_TSTAMP_SND) key = error.ee_data;
    }
  }
  if (!key || !wall) return std::nullopt;
  return SendStamp{*key, *wall};
}

}  // namespace

Result<PacketSocket> PacketSocket::open(const PacketSocketOptions& options, int& error_number) {
  error_number = 0;
  PacketSocket opened(::socket(options.family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, options.protocol),
                      options.family);
  const char* failed = opened.descriptor_ < 0 ? "cannot open a raw socket" : configure(opened.descriptor_, options);
  if (failed == nullptr) return opened;
  error_number = errno;
  std::string message = subject_of(failed, options) + ": " + describe_errno(error_number);
  if (opened.descriptor_ < 0 && (error_number == EPERM || error_number == EACCES)) {
    message +=
        "; blipd needs CAP_NET_RAW: start it by its systemd unit (AmbientCapabilities=CAP_NET_RAW), give the program "
        "the capability with `setcap cap_net_raw+ep`, or run it as root";
  }
  return Error{message};
}

PacketSocket::PacketSocket(PacketSocket&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      family_(other.family_),
      ttl_(other.ttl_),
      dscp_(other.dscp_),
      last_drops_(other.last_drops_),
      drops_(other.drops_) {}

PacketSocket& PacketSocket::operator=(PacketSocket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  family_ = other.family_;
  ttl_ = other.ttl_;
  dscp_ = other.dscp_;
  last_drops_ = other.last_drops_;
  drops_ = other.drops_;
  return *this;
}

PacketSocket::~PacketSocket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

int PacketSocket::use(unsigned ttl, unsigned dscp) {
  const bool v4 = family_ == AF_INET;
  const int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
  if (ttl_ != ttl) {
    if (!set_option(descriptor_, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, static_cast<int>(ttl))) return errno;
    ttl_ = ttl;
  }
  if (dscp_ != dscp) {
    // The DSCP is the upper six bits of the octet; the lower two are ECN and stay zero (RFC 2474, RFC 3168).
    if (!set_option(descriptor_, level, v4 ? IP_TOS : IPV6_TCLASS, static_cast<int>(dscp << 2))) return errno;
    dscp_ = dscp;
  }
  return 0;
}

std::size_t PacketSocket::read_send_stamps(std::span<SendStamp> room) {
  struct Control {
    alignas(cmsghdr) std::array<std::uint8_t, 192> bytes;
  };
  std::array<Control, kMostStamps> controls;
  std::array<mmsghdr, kMostStamps> messages{};
  const std::size_t wanted = std::min(room.size(), kMostStamps);
  for (std::size_t i = 0; i < wanted; ++i) {
    messages[i].msg_hdr.msg_control = controls[i].bytes.data();
    messages[i].msg_hdr.msg_controllen = controls[i].bytes.size();
  }
  const int count =
      ::recvmmsg(descriptor_, messages.data(), static_cast<unsigned>(wanted), MSG_ERRQUEUE | MSG_DONTWAIT, nullptr);
  for (int i = 0; i < count; ++i) {
    // What is no stamp keeps its place with a key and a time that fit nothing.
    const auto at = static_cast<std::size_t>(i);
    room[at] = stamp_in(messages[at].msg_hdr).value_or(SendStamp{0xffffffff, {}});
  }
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void PacketSocket::drop_send_stamps() {
  std::array<SendStamp, kMostStamps> stamps;
  for (int i = 0; i < kMostReads && read_send_stamps(stamps) == stamps.size(); ++i) {
  }
}

void PacketSocket::restart_stamp_keys() {
  constexpr unsigned kReceiveOnly = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE;
  // The kernel resets its counter when OPT_ID is switched on, not while it is on.
  set_option(descriptor_, SOL_SOCKET, SO_TIMESTAMPING, kReceiveOnly);
  set_option(descriptor_, SOL_SOCKET, SO_TIMESTAMPING,
             kReceiveOnly | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY);
}

std::uint64_t PacketSocket::receive_drops() {
  std::array<std::uint32_t, SK_MEMINFO_VARS> meminfo{};
  socklen_t length = sizeof meminfo;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_MEMINFO, meminfo.data(), &length) != 0) return drops_;
  // The difference of two 32-bit readings is right across a wrap.
  const std::uint32_t now = meminfo[SK_MEMINFO_DROPS];
  drops_ += static_cast<std::uint32_t>(now - last_drops_);
  last_drops_ = now;
  return drops_;
}

}  // namespace blipd
