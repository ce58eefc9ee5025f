#include "daemon/service/watchdog.h"

#include <chrono>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using std::chrono::seconds;

constexpr Instant at(int second) { return Instant(seconds(1000 + second)); }

TEST_CASE("pings come at half of the timeout") {
  Watchdog watchdog(seconds(30));
  int pings = 0;
  for (int s = 0; s < 60; ++s) {
    const bool ping = watchdog.ping({at(s), at(s + 1), {}}, at(s));
    CHECK(ping == (s % 15 == 0));
    pings += ping ? 1 : 0;
  }
  CHECK(pings == 4);
}

TEST_CASE("a thread that hangs in a step gets no pings, and gets them again when it goes on") {
  Watchdog watchdog(seconds(30));
  CHECK(watchdog.ping({at(0), at(1), {}}, at(0)));
  // The step that began at 1 s does not end.
  CHECK_FALSE(watchdog.is_stalled({at(0), at(1), {}}, at(11)));
  CHECK(watchdog.is_stalled({at(0), at(1), {}}, at(12)));
  CHECK_FALSE(watchdog.ping({at(0), at(1), {}}, at(15)));
  CHECK_FALSE(watchdog.ping({at(0), at(1), {}}, at(29)));
  // It ended late, which is told once, and then kept its promise.
  CHECK_FALSE(watchdog.ping({at(29), at(30), seconds(28)}, at(29)));
  CHECK(watchdog.ping({at(30), at(31), {}}, at(30)));
}

TEST_CASE("an idle thread is alive until its promise is broken") {
  Watchdog watchdog(seconds(30));
  CHECK(watchdog.ping({at(0), at(600), {}}, at(599)));
  CHECK(watchdog.is_stalled({at(0), at(600), {}}, at(611)));
}

TEST_CASE("without a service manager nothing is pinged and stalls are still seen") {
  Watchdog watchdog(Duration::zero());
  CHECK_FALSE(watchdog.ping({at(0), at(1), {}}, at(0)));
  CHECK_FALSE(watchdog.is_stalled({at(0), at(1), {}}, at(11)));
  CHECK(watchdog.is_stalled({at(0), at(1), {}}, at(12)));
}

TEST_CASE("a short timeout shortens the patience") {
  const Watchdog watchdog(seconds(3));
  CHECK_FALSE(watchdog.is_stalled({at(0), at(1), {}}, at(2)));
  CHECK(watchdog.is_stalled({at(0), at(1), {}}, at(3)));
}

}  // namespace
}  // namespace blipd
