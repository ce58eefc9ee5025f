#include "tests/lab/netlink.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

namespace blipd::lab {
namespace {

// One request under construction: header, body, attributes.
class Request {
 public:
  template <class Body>
  Request(unsigned type, unsigned flags, const Body& body) {
    header_.nlmsg_type = static_cast<std::uint16_t>(type);
    header_.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    size_ = NLMSG_HDRLEN;
    append(&body, sizeof body);
  }

  void attribute(unsigned type, const void* data, std::size_t size) {
    rtattr head{};
    head.rta_type = static_cast<std::uint16_t>(type);
    head.rta_len = static_cast<std::uint16_t>(RTA_LENGTH(size));
    append(&head, sizeof head);
    append(data, size);
  }
  void attribute(unsigned type, unsigned value) { attribute(type, &value, sizeof value); }
  void attribute(unsigned type, const Ip& ip) { attribute(type, ip.bytes.data(), ip.size()); }

  Result<void> exchange(int fd) {
    header_.nlmsg_len = static_cast<std::uint32_t>(size_);
    std::memcpy(bytes_.data(), &header_, sizeof header_);
    if (send(fd, bytes_.data(), size_, 0) < 0) return Error{describe_errno(errno)};
    std::array<char, 4096> answer{};
    const ssize_t got = recv(fd, answer.data(), answer.size(), 0);
    if (got < static_cast<ssize_t>(NLMSG_HDRLEN + sizeof(nlmsgerr))) return Error{"a short answer from rtnetlink"};
    nlmsgerr error{};
    std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
    if (error.error != 0) return Error{describe_errno(-error.error)};
    return {};
  }

 private:
  // Every part starts at a multiple of four bytes.
  void append(const void* data, std::size_t size) {
    std::memcpy(bytes_.data() + size_, data, size);
    size_ += (size + 3) & ~std::size_t{3};
  }

  nlmsghdr header_{};
  std::array<std::byte, 512> bytes_{};
  std::size_t size_ = 0;
};

std::uint8_t family_of(const Ip& ip) { return ip.v6 ? AF_INET6 : AF_INET; }

Error in_context(const std::string& what, const Error& error) { return Error{what + ": " + error.message}; }

}  // namespace

Result<Netlink> Netlink::open() {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (socket.get() < 0) return Error{"rtnetlink: " + describe_errno(errno)};
  return Netlink(std::move(socket));
}

Result<void> Netlink::set_up(const std::string& device, unsigned mtu, unsigned queue) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(if_nametoindex(device.c_str()));
  body.ifi_flags = IFF_UP;
  body.ifi_change = IFF_UP;
  Request request(RTM_NEWLINK, 0, body);
  if (mtu != 0) request.attribute(IFLA_MTU, mtu);
  if (queue != 0) request.attribute(IFLA_TXQLEN, queue);
  const auto done = request.exchange(socket_.get());
  if (!done) return in_context("bring up " + device, done.error());
  return {};
}

Result<void> Netlink::add_address(const std::string& device, const Ip& address) {
  ifaddrmsg body{};
  body.ifa_family = family_of(address);
  body.ifa_prefixlen = static_cast<std::uint8_t>(address.size() * 8);
  body.ifa_flags = IFA_F_NODAD;
  body.ifa_index = if_nametoindex(device.c_str());
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body);
  request.attribute(IFA_LOCAL, address);
  request.attribute(IFA_ADDRESS, address);
  const auto done = request.exchange(socket_.get());
  if (!done) return in_context("address " + address.to_string(), done.error());
  return {};
}

Result<void> Netlink::add_route(const std::string& device, const IpPrefix& prefix, const Ip& source) {
  rtmsg body{};
  body.rtm_family = family_of(prefix.first);
  body.rtm_dst_len = static_cast<std::uint8_t>(prefix.length);
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_protocol = RTPROT_BOOT;
  body.rtm_scope = RT_SCOPE_UNIVERSE;
  body.rtm_type = RTN_UNICAST;
  Request request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, body);
  if (prefix.length > 0) request.attribute(RTA_DST, prefix.first);
  request.attribute(RTA_OIF, if_nametoindex(device.c_str()));
  request.attribute(RTA_PREFSRC, source);
  const auto done = request.exchange(socket_.get());
  if (!done) {
    return in_context("route to " + prefix.first.to_string() + "/" + std::to_string(prefix.length), done.error());
  }
  return {};
}

}  // namespace blipd::lab
