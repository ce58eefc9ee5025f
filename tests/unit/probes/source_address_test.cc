#include "probes/source_address.h"

#include <cerrno>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

const Instant kNow(1000s);

struct Kernel {
  std::uint32_t answer = 0x0a000001;
  int error = 0;
  int asked = 0;
  Address last;
  bool changed = false;
  int looked_at = 0;
};

SourceAddresses asking(Kernel& kernel) {
  return {[&kernel](const Address& to) {
            ++kernel.asked;
            kernel.last = to;
            return SourceAddress{kernel.answer, kernel.error};
          },
          [&kernel] {
            ++kernel.looked_at;
            return kernel.changed;
          }};
}

TEST_CASE("the kernel is asked once a minute for each /24") {
  Kernel kernel;
  SourceAddresses sources = asking(kernel);
  const Address first = Address::v4(0xc0000200);
  CHECK(sources.find(first.plus(7), kNow).v4 == 0x0a000001);
  CHECK(kernel.last == first.plus(7));
  kernel.answer = 0x0a000002;
  CHECK(sources.find(first.plus(255), kNow + 1min - 1ns).v4 == 0x0a000001);
  CHECK(kernel.asked == 1);
  CHECK(sources.find(first.plus(256), kNow).v4 == 0x0a000002);
  CHECK(kernel.asked == 2);
  CHECK(sources.find(first, kNow + 1min).v4 == 0x0a000002);
  CHECK(kernel.asked == 3);
}

TEST_CASE("once routes have changed what was asked before, and what is asked in the next second, holds for a second") {
  Kernel kernel;
  SourceAddresses sources = asking(kernel);
  const Address old = Address::v4(0xc0000200);
  const Address young = Address::v4(0xc6336400);
  const Address next = Address::v4(0xcb007100);
  sources.look_for_changes(kNow);
  sources.find(old, kNow);
  sources.find(young, kNow + 9s);
  kernel.changed = true;
  kernel.answer = 0x0a000002;
  sources.look_for_changes(kNow + 9500ms);
  kernel.changed = false;
  CHECK(sources.find(old, kNow + 9500ms).v4 == 0x0a000002);
  CHECK(sources.find(young, kNow + 9500ms).v4 == 0x0a000001);
  CHECK(sources.find(young, kNow + 10s).v4 == 0x0a000002);
  CHECK(sources.find(next, kNow + 10499ms).v4 == 0x0a000002);
  kernel.answer = 0x0a000003;
  CHECK(sources.find(next, kNow + 11498ms).v4 == 0x0a000002);
  CHECK(sources.find(next, kNow + 11499ms).v4 == 0x0a000003);
  kernel.answer = 0x0a000004;
  CHECK(sources.find(next, kNow + 71s).v4 == 0x0a000003);
}

TEST_CASE("where the kernel does not tell of changes it is asked once a second") {
  Kernel kernel;
  kernel.changed = true;
  SourceAddresses sources = asking(kernel);
  for (int i = 0; i < 100; ++i) {
    const Instant now = kNow + i * 100ms;
    sources.look_for_changes(now);
    sources.find(Address::v4(0xc0000200), now);
  }
  CHECK(kernel.asked == 10);
}

TEST_CASE("changes are looked for ten times a second at most") {
  Kernel kernel;
  SourceAddresses sources = asking(kernel);
  for (int i = 0; i < 1000; ++i) sources.look_for_changes(kNow + i * 1ms);
  CHECK(kernel.looked_at == 10);
}

TEST_CASE("networks that share an entry are never taken for each other") {
  SourceAddresses sources(
      [](const Address& to) {
        return SourceAddress{~(to.v4_value() >> 8U), 0};
      },
      [] { return false; });
  for (int pass = 0; pass < 2; ++pass) {
    for (std::uint32_t network = 0; network < 0x1000000; network += 4099) {
      const SourceAddress found = sources.find(Address::v4(network << 8U | 5U), kNow);
      REQUIRE(found.v4 == ~network);
    }
  }
}

TEST_CASE("the network 0.0.0.0/24 is not known from the start") {
  Kernel kernel;
  SourceAddresses sources = asking(kernel);
  sources.find(Address::v4(1), Instant{});
  CHECK(kernel.asked == 1);
}

TEST_CASE("a refusal is told and not kept") {
  Kernel kernel;
  kernel.error = ENETUNREACH;
  SourceAddresses sources = asking(kernel);
  CHECK(sources.find(Address::v4(0xc0000201), kNow).error == ENETUNREACH);
  kernel.error = 0;
  CHECK(sources.find(Address::v4(0xc0000202), kNow).error == 0);
  CHECK(kernel.asked == 2);
}

// Uses a socket, and sends nothing.
TEST_CASE("the kernel names the source of each destination, and refuses what it would not send to") {
  Result<SourceAddresses::Ask> ask = kernel_source_addresses("");
  REQUIRE(ask.has_value());
  for (int i = 0; i < 2; ++i) {
    CHECK((*ask)(Address::v4(0x7f000001)).v4 == 0x7f000001);
    const SourceAddress refused = (*ask)(Address::v4(0x7fffffff));
    CHECK(refused.error == EACCES);
  }
  const Result<SourceAddresses::Ask> nowhere = kernel_source_addresses("nosuchif");
  REQUIRE(nowhere.has_error());
  CHECK(nowhere.error().message == "cannot bind to the interface of the vantage (nosuchif): No such device");
}

}  // namespace
}  // namespace blipd
