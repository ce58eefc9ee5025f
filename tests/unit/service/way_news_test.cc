#include "daemon/service/way_news.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using What = WayLoss::What;
using Octets = std::vector<std::uint8_t>;

template <class T>
Octets octets_of(const T& value) {
  Octets bytes(sizeof value);
  std::memcpy(bytes.data(), &value, sizeof value);
  return bytes;
}

void append(Octets& to, const Octets& part) {
  to.insert(to.end(), part.begin(), part.end());
  to.resize(NLMSG_ALIGN(to.size()));
}

template <class Body>
Octets message(std::uint16_t type, const Body& body, const std::vector<std::pair<unsigned short, Octets>>& attributes) {
  Octets inner = octets_of(body);
  for (const auto& [attribute, value] : attributes) {
    append(inner, octets_of(rtattr{static_cast<unsigned short>(RTA_LENGTH(value.size())), attribute}));
    append(inner, value);
  }
  nlmsghdr head{};
  head.nlmsg_type = type;
  head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(inner.size()));
  Octets whole = octets_of(head);
  append(whole, inner);
  return whole;
}

Octets link(std::uint16_t type, int index, unsigned flags) {
  ifinfomsg body{};
  body.ifi_index = index;
  body.ifi_flags = flags;
  return message(type, body, {{IFLA_IFNAME, {'l', 'a', 'b', '0', 0}}});
}

Octets default_route_gone(unsigned table, unsigned interface) {
  rtmsg body{};
  body.rtm_family = AF_INET;
  body.rtm_table = static_cast<std::uint8_t>(table);
  return message(RTM_DELROUTE, body, {{RTA_TABLE, octets_of(table)}, {RTA_OIF, octets_of(interface)}});
}

TEST_CASE("an interface is lost when it is down, has no carrier, or is removed") {
  CHECK(read_way_losses(link(RTM_NEWLINK, 2, IFF_UP | IFF_RUNNING)).empty());
  const std::vector<WayLoss> lost{{What::interface, 2, {}}};
  CHECK(read_way_losses(link(RTM_NEWLINK, 2, 0)) == lost);
  CHECK(read_way_losses(link(RTM_NEWLINK, 2, IFF_UP)) == lost);
  CHECK(read_way_losses(link(RTM_DELLINK, 2, IFF_UP | IFF_RUNNING)) == lost);
}

TEST_CASE("an address that is removed is ours, not the other end's") {
  ifaddrmsg body{};
  body.ifa_family = AF_INET;
  body.ifa_index = 7;
  const Octets local = octets_of(htonl(0xc6336409));
  const Octets peer = octets_of(htonl(0xc633640a));
  CHECK(read_way_losses(message(RTM_DELADDR, body, {{IFA_ADDRESS, peer}, {IFA_LOCAL, local}})) ==
        std::vector<WayLoss>{{What::address, 7, Address::v4(0xc6336409)}});
  body.ifa_family = AF_INET6;
  const Address six = *Address::parse("2001:db8::9");
  CHECK(read_way_losses(message(RTM_DELADDR, body, {{IFA_ADDRESS, octets_of(six.bytes())}})) ==
        std::vector<WayLoss>{{What::address, 7, six}});
  CHECK(read_way_losses(message(RTM_NEWADDR, body, {{IFA_ADDRESS, octets_of(six.bytes())}})).empty());
}

TEST_CASE("of routes only the default one of the main table counts") {
  CHECK(read_way_losses(default_route_gone(RT_TABLE_MAIN, 3)) == std::vector<WayLoss>{{What::default_route, 3, {}}});
  CHECK(read_way_losses(default_route_gone(100, 3)).empty());
  rtmsg body{};
  body.rtm_family = AF_INET;
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_dst_len = 24;
  CHECK(read_way_losses(message(RTM_DELROUTE, body, {{RTA_OIF, octets_of(3U)}})).empty());
}

TEST_CASE("messages stand one behind the other, and what is cut is left out") {
  Octets two = link(RTM_NEWLINK, 2, 0);
  append(two, link(RTM_NEWLINK, 3, IFF_UP));
  CHECK(read_way_losses(two) == std::vector<WayLoss>{{What::interface, 2, {}}, {What::interface, 3, {}}});
  for (std::size_t size = 0; size < two.size(); ++size) {
    CHECK(read_way_losses(std::span(two).first(size)).size() <= 1);
  }
}

TEST_CASE("the kernel's own answers are read: the way to this machine is none, and nothing has been lost") {
  CHECK_FALSE(kernel_way_to(*Address::parse("127.0.0.1"), std::nullopt).has_value());
  Result<WayNews> news = WayNews::open();
  REQUIRE(news.has_value());
  CHECK(news->descriptor() >= 0);
  news->read();
}

}  // namespace
}  // namespace blipd
