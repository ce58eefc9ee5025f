#include "daemon/service/way_news.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

namespace blipd {
namespace {

using Octets = std::span<const std::uint8_t>;

/// Bounds a loop that ends when the queue is empty.
constexpr int kMostReads = 1024;

/// The first octets as a T; zeros where there are fewer.
template <class T>
T head_of(Octets bytes) {
  T head{};
  std::memcpy(&head, bytes.data(), std::min(bytes.size(), sizeof head));
  return head;
}

Octets behind(Octets bytes, std::size_t size) { return bytes.subspan(std::min(bytes.size(), NLMSG_ALIGN(size))); }

/// Calls `visit(message, body)` for each whole message.
template <class Visit>
void for_each_message(Octets bytes, Visit&& visit) {
  while (bytes.size() >= sizeof(nlmsghdr)) {
    const auto head = head_of<nlmsghdr>(bytes);
    if (head.nlmsg_len < sizeof(nlmsghdr) || head.nlmsg_len > bytes.size()) return;
    visit(head, bytes.first(head.nlmsg_len).subspan(NLMSG_HDRLEN));
    bytes = behind(bytes, head.nlmsg_len);
  }
}

/// The value of an attribute among those that follow a body; empty if it is not there.
Octets attribute_of(Octets attributes, unsigned type) {
  while (attributes.size() >= sizeof(rtattr)) {
    const auto head = head_of<rtattr>(attributes);
    if (head.rta_len < sizeof(rtattr) || head.rta_len > attributes.size()) break;
    if (head.rta_type == type) return attributes.first(head.rta_len).subspan(RTA_LENGTH(0));
    attributes = behind(attributes, head.rta_len);
  }
  return {};
}

std::optional<Address> address_of(Octets value) {
  if (value.size() == 4) return Address::v4(ntohl(head_of<std::uint32_t>(value)));
  if (value.size() == 16) return Address(head_of<std::array<std::uint8_t, 16>>(value));
  return std::nullopt;
}

std::optional<WayLoss> loss_in(const nlmsghdr& head, Octets body) {
  WayLoss loss;
  if (head.nlmsg_type == RTM_NEWLINK || head.nlmsg_type == RTM_DELLINK) {
    const auto link = head_of<ifinfomsg>(body);
    constexpr unsigned kAlive = IFF_UP | IFF_RUNNING;
    if (head.nlmsg_type == RTM_NEWLINK && (link.ifi_flags & kAlive) == kAlive) return std::nullopt;
    loss.what = WayLoss::What::interface;
    loss.interface = static_cast<unsigned>(link.ifi_index);
    return loss;
  }
  if (head.nlmsg_type == RTM_DELADDR) {
    const Octets attributes = behind(body, sizeof(ifaddrmsg));
    // On a point-to-point link IFA_ADDRESS is the other end.
    std::optional<Address> gone = address_of(attribute_of(attributes, IFA_LOCAL));
    if (!gone) gone = address_of(attribute_of(attributes, IFA_ADDRESS));
    if (!gone) return std::nullopt;
    loss.what = WayLoss::What::address;
    loss.interface = head_of<ifaddrmsg>(body).ifa_index;
    loss.address = *gone;
    return loss;
  }
  const auto route = head_of<rtmsg>(body);
  if (head.nlmsg_type != RTM_DELROUTE || route.rtm_dst_len != 0 || route.rtm_table != RT_TABLE_MAIN) {
    return std::nullopt;
  }
  loss.what = WayLoss::What::default_route;
  loss.interface = head_of<std::uint32_t>(attribute_of(behind(body, sizeof(rtmsg)), RTA_OIF));
  return loss;
}

/// A router's table changes all the time: of routes only the default one that goes is let in. The type of a message is
/// in the byte order of the machine, and the filter reads that of the network.
bool let_only_losses_in(int socket) {
  const auto type = [](unsigned value) -> std::uint32_t { return htons(static_cast<std::uint16_t>(value)); };
  constexpr std::uint32_t kType = offsetof(nlmsghdr, nlmsg_type);
  constexpr std::uint32_t kLength = NLMSG_HDRLEN + offsetof(rtmsg, rtm_dst_len);
  std::array<sock_filter, 9> program{{{BPF_LD | BPF_H | BPF_ABS, 0, 0, kType},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 5, 0, type(RTM_NEWLINK)},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 4, 0, type(RTM_DELLINK)},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 3, 0, type(RTM_DELADDR)},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 0, 3, type(RTM_DELROUTE)},
                                      {BPF_LD | BPF_B | BPF_ABS, 0, 0, kLength},
                                      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0},
                                      {BPF_RET | BPF_K, 0, 0, 0xffffffff},
                                      {BPF_RET | BPF_K, 0, 0, 0}}};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  return ::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

/// A question about a route: a body, and an attribute for each address.
class RouteQuestion {
 public:
  explicit RouteQuestion(const Address& to) {
    body_.rtm_family = static_cast<std::uint8_t>(to.is_v4() ? AF_INET : AF_INET6);
    body_.rtm_dst_len = to.is_v4() ? 32 : 128;
    add(RTA_DST, to);
  }
  void ask_from(const Address& from) {
    body_.rtm_src_len = from.is_v4() ? 32 : 128;
    add(RTA_SRC, from);
  }
  bool send(int socket) {
    nlmsghdr head{};
    head.nlmsg_len = static_cast<std::uint32_t>(size_);
    head.nlmsg_type = RTM_GETROUTE;
    head.nlmsg_flags = NLM_F_REQUEST;
    std::memcpy(bytes_.data(), &head, sizeof head);
    std::memcpy(bytes_.data() + NLMSG_HDRLEN, &body_, sizeof body_);
    return ::send(socket, bytes_.data(), size_, 0) == static_cast<ssize_t>(size_);
  }

 private:
  void add(unsigned short type, const Address& address) {
    const std::size_t length = address.is_v4() ? 4 : 16;
    const rtattr head{static_cast<unsigned short>(RTA_LENGTH(length)), type};
    std::memcpy(bytes_.data() + size_, &head, sizeof head);
    // An IPv4 address is the end of its mapped form.
    std::memcpy(bytes_.data() + size_ + RTA_LENGTH(0), address.bytes().data() + (16 - length), length);
    size_ += RTA_SPACE(length);
  }

  rtmsg body_{};
  std::size_t size_ = NLMSG_SPACE(sizeof(rtmsg));
  alignas(nlmsghdr) std::array<std::uint8_t, NLMSG_SPACE(sizeof(rtmsg)) + 2 * RTA_SPACE(16)> bytes_{};
};

}  // namespace

std::vector<WayLoss> read_way_losses(Octets messages) {
  std::vector<WayLoss> losses;
  for_each_message(messages, [&](const nlmsghdr& head, Octets body) {
    if (const std::optional<WayLoss> loss = loss_in(head, body)) losses.push_back(*loss);
  });
  return losses;
}

Result<WayNews> WayNews::open() {
  Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl groups{};
  groups.nl_family = AF_NETLINK;
  groups.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  if (!socket || !let_only_losses_in(socket.get()) ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&groups), sizeof groups) != 0) {
    return Error{"rtnetlink: " + describe_errno(errno)};
  }
  return WayNews(std::move(socket));
}

std::vector<WayLoss> WayNews::read() {
  std::vector<WayLoss> losses;
  alignas(nlmsghdr) std::array<std::uint8_t, 16384> buffer;
  for (int i = 0; i < kMostReads; ++i) {
    const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    // After so much news that some of it is lost, the rest is still there.
    if (size < 0 && (errno == ENOBUFS || errno == EINTR)) continue;
    if (size <= 0) break;
    for (const WayLoss& loss : read_way_losses(Octets(buffer).first(static_cast<std::size_t>(size)))) {
      if (std::find(losses.begin(), losses.end(), loss) == losses.end()) losses.push_back(loss);
    }
  }
  return losses;
}

std::optional<Way> kernel_way_to(const Address& to, const std::optional<Address>& from) {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  RouteQuestion question(to);
  if (from) question.ask_from(*from);
  if (!socket || !question.send(socket.get())) return std::nullopt;
  alignas(nlmsghdr) std::array<std::uint8_t, 4096> buffer;
  const ssize_t size = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  if (size <= 0) return std::nullopt;
  std::optional<Way> way;
  for_each_message(Octets(buffer).first(static_cast<std::size_t>(size)), [&](const nlmsghdr& head, Octets body) {
    if (head.nlmsg_type != RTM_NEWROUTE || head_of<rtmsg>(body).rtm_type != RTN_UNICAST) return;
    const Octets attributes = behind(body, sizeof(rtmsg));
    const std::optional<Address> source = from ? from : address_of(attribute_of(attributes, RTA_PREFSRC));
    if (source) way = Way{*source, head_of<std::uint32_t>(attribute_of(attributes, RTA_OIF))};
  });
  return way;
}

}  // namespace blipd
