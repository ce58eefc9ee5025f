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

void no_approach(const Flight&, std::size_t) {}

TEST_CASE("flights come out block after block, in their order inside each") {
  std::vector<Flight> flights = flights_of({3, 1, 3, 9, 1, 3});
  BookingQueue queue;
  for (int turn = 0; turn < 2; ++turn) {
    for (Flight& flight : flights) queue.add(flight, seconds(flight.number.block));
    std::vector<std::pair<std::uint32_t, std::uint32_t>> seen;
    const auto visit = [&](Flight& flight, Duration timeout, const Flight*) {
      CHECK(timeout == seconds(flight.number.block));
      seen.emplace_back(flight.number.block, flight.number.place);
    };
    queue.take_all(visit, no_approach);
    CHECK(seen == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{3, 0}, {3, 2}, {3, 5}, {1, 1}, {1, 4}, {9, 3}});
  }
  queue.take_all([](Flight&, Duration, const Flight*) { FAIL("taken twice"); }, no_approach);
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
  const auto visit = [&](Flight& flight, Duration, const Flight* next) {
    ++visited;
    if (next == nullptr) return;
    CHECK(next->number.block == flight.number.block);
    CHECK(next->number.place > flight.number.place);
    ahead_at_most = std::max<std::size_t>(ahead_at_most, next->number.place - flight.number.place);
    ++announced[next];
  };
  queue.take_all(visit, no_approach);
  CHECK(visited == flights.size() + others.size());
  CHECK(announced.size() == flights.size() - ahead_at_most);
  for (const auto& [flight, times] : announced) CHECK(times == 1);
}

TEST_CASE("a block is approached four blocks before its turn, and two") {
  std::vector<Flight> flights = flights_of({5, 6, 7, 8, 9, 9, 10});
  BookingQueue queue;
  for (Flight& flight : flights) queue.add(flight, seconds(1));
  std::uint32_t turn = 0;
  std::vector<std::uint32_t> approached;
  queue.take_all([&](Flight& flight, Duration, const Flight*) { turn = flight.number.block; },
                 [&](const Flight& flight, std::size_t blocks) {
                   const std::uint32_t next = turn == 0 ? 5 : turn + 1;
                   CHECK(flight.number.block == next + blocks);
                   approached.push_back(flight.number.block);
                 });
  CHECK(approached == std::vector<std::uint32_t>{9, 7, 10, 8, 9, 10});
}

}  // namespace
}  // namespace blipd
