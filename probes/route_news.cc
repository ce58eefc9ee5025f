#include "probes/route_news.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace blipd {
namespace {

/// For one call: what is left of a flood of news counts for the next one.
constexpr int kMostReads = 16;

bool subscribe(int descriptor) {
  sockaddr_nl nobody{};
  nobody.nl_family = AF_NETLINK;
  if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&nobody), sizeof nobody) != 0) return false;
  for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE, RTNLGRP_NEXTHOP}) {
    if (::setsockopt(descriptor, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) return false;
  }
  return true;
}

}  // namespace

RouteNews::RouteNews() : descriptor_(::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)) {
  if (descriptor_ >= 0 && !subscribe(descriptor_)) ::close(std::exchange(descriptor_, -1));
}

RouteNews::~RouteNews() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool RouteNews::take() {
  if (descriptor_ < 0) return true;
  bool any = false;
  for (int i = 0; i < kMostReads; ++i) {
    char byte = 0;
    if (::recv(descriptor_, &byte, sizeof byte, MSG_DONTWAIT) < 0 && errno == EAGAIN) break;
    // An error of any other kind is news that was lost (ENOBUFS), or nothing to rely on.
    any = true;
  }
  return any;
}

}  // namespace blipd
