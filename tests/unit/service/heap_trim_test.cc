#include "daemon/service/heap_trim.h"

#include <chrono>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

TEST_CASE("a process that has grown is trimmed, once a minute at most") {
  std::uint64_t needed = 100'000;
  std::uint64_t resident = 103'000;
  unsigned trims = 0;
  HeapTrim trim({[&] { return resident; },
                 [&] {
                   resident = needed;
                   ++trims;
                 }});
  trim.look(Instant(1min));
  CHECK(trims == 1);
  resident = 110'000;
  trim.look(Instant(1min + 59s));
  CHECK(trims == 1);
  trim.look(Instant(2min));
  CHECK(trims == 2);
  resident = 102'000;
  trim.look(Instant(3min));
  CHECK(trims == 2);
  // What is needed now is not trimmed for again and again.
  needed = resident = 150'000;
  trim.look(Instant(4min));
  CHECK(trims == 3);
  trim.look(Instant(5min));
  CHECK(trims == 3);
  needed = resident = 100'000;
  trim.look(Instant(6min));
  CHECK(trims == 3);
  resident = 110'000;
  trim.look(Instant(7min));
  CHECK(trims == 4);
}

}  // namespace
}  // namespace blipd
