#include "probes/local_addresses.h"

#include "tests/support/catch.h"

namespace blipd {
namespace {

Address address(const char* text) { return *Address::parse(text); }

LocalAddresses example() {
  return LocalAddresses({{address("127.0.0.1"), 8, true, false},
                         {address("::1"), 128, true, false},
                         {address("192.0.2.10"), 24, false, false},
                         {address("2001:db8::10"), 64, false, false},
                         {address("203.0.113.5"), 32, false, false},
                         {address("198.51.100.1"), 30, false, true}});
}

TEST_CASE("own addresses are those of interfaces, and all of a loopback IPv4 prefix") {
  const LocalAddresses local = example();
  for (const char* own :
       {"127.0.0.1", "127.9.9.9", "::1", "192.0.2.10", "2001:db8::10", "203.0.113.5", "198.51.100.1"}) {
    CAPTURE(own);
    CHECK(local.is_own(address(own)));
  }
  for (const char* other : {"128.0.0.1", "::2", "192.0.2.11", "2001:db8::11", "203.0.113.6", "198.51.100.2"}) {
    CAPTURE(other);
    CHECK_FALSE(local.is_own(address(other)));
  }
}

TEST_CASE("on link is what a shared interface prefix covers") {
  const LocalAddresses local = example();
  for (const char* near : {"192.0.2.1", "192.0.2.255", "2001:db8::ffff"}) {
    CAPTURE(near);
    CHECK(local.on_link(address(near)));
  }
  for (const char* far : {"192.0.3.1", "127.0.0.2", "::1", "203.0.113.5", "198.51.100.2", "2001:db8:0:1::1"}) {
    CAPTURE(far);
    CHECK_FALSE(local.on_link(address(far)));
  }
}

TEST_CASE("nothing is own or on link without interfaces") {
  CHECK_FALSE(LocalAddresses().is_own(address("127.0.0.1")));
  CHECK_FALSE(LocalAddresses().on_link(address("192.0.2.1")));
}

}  // namespace
}  // namespace blipd
