#include "daemon/store/booking_queue.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using std::chrono::seconds;

std::vector<Flight> flights_of(const std::vector<std::uint32_t>& blocks) {
  std::vector<Flight> flights(blocks.size());
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    flights[i].number = {blocks[i], static_cast<std::uint32_t>(i)};
  }
  return flights;
}

TEST_CASE("flights come out block after block, in their order inside each") {
  std::vector<Flight> flights = flights_of({3, 1, 3, 9, 1, 3});
  BookingQueue queue;
  for (int turn = 0; turn < 2; ++turn) {
    for (Flight& flight : flights) queue.add(flight, seconds(flight.number.block));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> seen;
    queue.take_all([&](Flight& flight, Duration timeout, const Flight*) {
      CHECK(timeout == seconds(flight.number.block));
      seen.emplace_back(flight.number.block, flight.number.place);
    });
    CHECK(seen == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{3, 0}, {3, 2}, {3, 5}, {1, 1}, {1, 4}, {9, 3}});
  }
  queue.take_all([](Flight&, Duration, const Flight*) { FAIL("taken twice"); });
}

TEST_CASE("a look ahead stays inside the block and reaches each flight once") {
  std::vector<Flight> flights = flights_of(std::vector<std::uint32_t>(50, 7));
  std::vector<Flight> others = flights_of(std::vector<std::uint32_t>(3, 2));
  BookingQueue queue;
  for (Flight& flight : flights) queue.add(flight, seconds(1));
  for (Flight& flight : others) queue.add(flight, seconds(1));
  std::map<const Flight*, int> announced;
  std::size_t ahead_at_most = 0;
  std::size_t visited = 0;
  queue.take_all([&](Flight& flight, Duration, const Flight* next) {
    ++visited;
    if (next == nullptr) return;
    CHECK(next->number.block == flight.number.block);
    CHECK(next->number.place > flight.number.place);
    ahead_at_most = std::max<std::size_t>(ahead_at_most, next->number.place - flight.number.place);
    ++announced[next];
  });
  CHECK(visited == flights.size() + others.size());
  CHECK(announced.size() == flights.size() - ahead_at_most);
  for (const auto& [flight, times] : announced) CHECK(times == 1);
}

}  // namespace
}  // namespace blipd
