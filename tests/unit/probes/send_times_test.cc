#include "probes/send_times.h"

#include <chrono>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

using Stamps = std::vector<std::optional<Instant>>;

Instant at(Duration t) { return Instant(1h + t); }

/// The times, in microseconds after the call began, of a call that took `length`.
std::vector<double> spread(Duration length, const Stamps& stamps) {
  std::vector<Instant> times(stamps.size());
  spread_send_times(at(0us), at(length), stamps, times);
  std::vector<double> offsets;
  offsets.reserve(times.size());
  for (const Instant t : times) offsets.push_back(std::chrono::duration<double, std::micro>(t - at(0us)).count());
  return offsets;
}

TEST_CASE("a stamped packet left at its stamp") {
  CHECK(spread(100us, {at(3us), at(40us), at(99us)}) == std::vector<double>{3, 40, 99});
}

TEST_CASE("packets without a stamp are spread evenly between their neighbours") {
  CHECK(spread(100us, {at(10us), {}, {}, {}, at(90us)}) == std::vector<double>{10, 30, 50, 70, 90});
  CHECK(spread(100us, {at(10us), {}, at(20us), {}, at(90us)}) == std::vector<double>{10, 15, 20, 55, 90});
}

TEST_CASE("without any stamp packets are spread evenly inside the call") {
  CHECK(spread(100us, {{}, {}, {}, {}}) == std::vector<double>{20, 40, 60, 80});
  CHECK(spread(100us, {Stamps::value_type{}}) == std::vector<double>{50});
  CHECK(spread(100us, {}).empty());
}

TEST_CASE("the frame of the call stands in for a first or last stamp") {
  CHECK(spread(100us, {{}, at(40us)}) == std::vector<double>{20, 40});
  CHECK(spread(100us, {at(40us), {}}) == std::vector<double>{40, 70});
}

TEST_CASE("a stamp outside the call by more than 50 us is not believed") {
  CHECK(spread(100us, {at(-50us)}) == std::vector<double>{-50});
  CHECK(spread(100us, {at(-51us)}) == std::vector<double>{50});
  CHECK(spread(100us, {at(150us)}) == std::vector<double>{150});
  CHECK(spread(100us, {at(151us)}) == std::vector<double>{50});
}

TEST_CASE("times never decrease, whatever the stamps say") {
  const std::vector<double> times = spread(100us, {{}, at(90us), at(10us), {}, at(120us), {}, {}});
  REQUIRE(times.size() == 7);
  for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] >= times[i - 1]);
}

}  // namespace
}  // namespace blipd
