#include "probes/http_phases.h"

#include <array>
#include <chrono>
#include <cstddef>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;
using Phases = std::array<Duration, kHttpPhases>;  // resolve, connect, tls, processing, transfer

HttpPhases closed(const HttpTimes& times, bool https, const HttpWhole& whole) {
  HttpPhases phases;
  phases.take(times, https);
  phases.close(times, https, whole);
  return phases;
}

TEST_CASE("one request: its parts, one after the other, are the whole") {
  CHECK(closed({1ms, 3ms, 0us, 3ms, 10ms}, false, {0, 0us, 12ms}).all() == Phases{1ms, 2ms, 0ms, 7ms, 2ms});
  CHECK(closed({1ms, 3ms, 8ms, 8ms, 10ms}, true, {0, 0us, 10ms}).all() == Phases{1ms, 2ms, 5ms, 2ms, 0ms});
}

TEST_CASE("what was not reached is zero, and the end counts to what was under way") {
  CHECK(closed({}, false, {0, 0us, 5ms}).all() == Phases{5ms, 0ms, 0ms, 0ms, 0ms});
  CHECK(closed({1ms, 0us, 0us, 0us, 0us}, false, {0, 0us, 5ms}).all() == Phases{1ms, 4ms, 0ms, 0ms, 0ms});
  CHECK(closed({1ms, 2ms, 0us, 0us, 0us}, true, {0, 0us, 5ms}).all() == Phases{1ms, 1ms, 3ms, 0ms, 0ms});
  CHECK(closed({1ms, 2ms, 0us, 2ms, 0us}, false, {0, 0us, 5ms}).all() == Phases{1ms, 1ms, 0ms, 3ms, 0ms});
}

TEST_CASE("the phase that the end came in") {
  CHECK(closed({}, false, {0, 0us, 5ms}).last() == HttpPhase::resolve);
  CHECK(closed({1ms, 0us, 0us, 0us, 0us}, false, {0, 0us, 5ms}).last() == HttpPhase::connect);
  CHECK(closed({1ms, 2ms, 0us, 0us, 0us}, true, {0, 0us, 5ms}).last() == HttpPhase::tls);
  CHECK(closed({1ms, 2ms, 0us, 2ms, 0us}, false, {0, 0us, 5ms}).last() == HttpPhase::processing);
  CHECK(closed({1ms, 2ms, 0us, 2ms, 3ms}, false, {0, 0us, 5ms}).last() == HttpPhase::transfer);
  // A redirect has been followed and its name is not known yet.
  CHECK(closed({1ms, 2ms, 0us, 2ms, 3ms}, false, {1, 4ms, 9ms}).last() == HttpPhase::resolve);
}

TEST_CASE("redirects add up, each with the parts it has") {
  // http, 1 + 1 + 4 ms and 3 ms of body; then https, 1 + 2 + 5 + 6 ms and 2 ms of body.
  HttpPhases phases;
  phases.take({1ms, 2ms, 0us, 2ms, 6ms}, false);
  phases.take({1ms, 2ms, 0us, 2ms, 6ms}, false);
  const HttpTimes both{2ms, 5ms, 8ms, 10ms, 20ms};
  phases.take(both, true);
  phases.close(both, true, {1, 9ms, 25ms});
  CHECK(phases.all() == Phases{2ms, 3ms, 5ms, 10ms, 5ms});
}

TEST_CASE("a redirect whose request begins and ends with nothing") {
  HttpPhases phases;
  const HttpTimes first{1ms, 2ms, 0us, 2ms, 6ms};
  phases.take(first, false);
  phases.close(first, false, {1, 9ms, 30ms});
  CHECK(phases.all() == Phases{22ms, 1ms, 0ms, 4ms, 3ms});
  // The second one resolves and does not connect.
  HttpPhases second;
  second.take(first, false);
  second.close({3ms, 2ms, 0us, 2ms, 6ms}, false, {1, 9ms, 30ms});
  CHECK(second.all() == Phases{3ms, 20ms, 0ms, 4ms, 3ms});
}

TEST_CASE("a tunnel without TLS in it counts to the connection") {
  CHECK(closed({1ms, 3ms, 0us, 8ms, 10ms}, false, {0, 0us, 10ms}).all() == Phases{1ms, 7ms, 0ms, 2ms, 0ms});
}

TEST_CASE("times that go back add nothing") {
  CHECK(closed({3ms, 1ms, 0us, 1ms, 2ms}, false, {0, 0us, 2ms}).all() == Phases{3ms, 0ms, 0ms, 1ms, 0ms});
}

}  // namespace
}  // namespace blipd
