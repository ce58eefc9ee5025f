#include "probes/icmp_identifiers.h"

#include <array>
#include <chrono>
#include <set>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

std::uint16_t at(const IcmpIdentifiers& identifiers, TargetNumber number, Duration t) {
  return identifiers.at(number, IcmpIdentifiers::turns_at(Instant(t)));
}

TEST_CASE("sixteen identifiers are ours") {
  const IcmpIdentifiers identifiers(0x1230);
  for (unsigned id = 0; id <= 0xffff; ++id) {
    CHECK(identifiers.owns(static_cast<std::uint16_t>(id)) == (id >= 0x1230 && id <= 0x123f));
  }
  CHECK(IcmpIdentifiers(0x123d).base() == 0x1230);
}

TEST_CASE("random identifiers do not start from 0") {
  for (int i = 0; i < 20000; ++i) REQUIRE(IcmpIdentifiers::random().base() >= 0x10);
}

TEST_CASE("two probers of one process have no identifier in common") {
  std::set<std::uint16_t> bases;
  for (int i = 0; i < 4095; ++i) bases.insert(IcmpIdentifiers::random().base());
  CHECK(bases.size() == 4095);
}

TEST_CASE("a host keeps its identifier for ten minutes and then moves to the next") {
  const IcmpIdentifiers identifiers(0x1230);
  for (std::uint32_t place = 0; place < 50; ++place) {
    const TargetNumber number{7, place};
    std::uint16_t last = at(identifiers, number, 0s);
    int moved_at = -1;
    for (int second = 1; second <= 3600; ++second) {
      const std::uint16_t now = at(identifiers, number, std::chrono::seconds(second));
      if (now == last) continue;
      CHECK(now == (0x1230 | ((last + 1) & 0xf)));
      if (moved_at >= 0) CHECK(second - moved_at == Approx(600).margin(1));
      moved_at = second;
      last = now;
    }
    CHECK(moved_at >= 3000);
  }
}

TEST_CASE("hosts move at different moments and start from different identifiers") {
  const IcmpIdentifiers identifiers(0x1230);
  std::array<int, 16> uses{};
  int moved_in_one_second = 0;
  constexpr std::uint32_t kHosts = 6000;
  for (std::uint32_t place = 0; place < kHosts; ++place) {
    const std::uint16_t before = at(identifiers, {1, place}, 100s);
    ++uses[before & 0xf];
    if (at(identifiers, {1, place}, 101s) != before) ++moved_in_one_second;
  }
  for (const int count : uses) CHECK(count == Approx(kHosts / 16.0).margin(100));
  CHECK(moved_in_one_second < 40);
}

TEST_CASE("every moment of a long life has an identifier of ours") {
  const IcmpIdentifiers identifiers(0xfff0);
  for (int day = 0; day < 36500; day += 7) {
    CHECK(identifiers.owns(at(identifiers, {0xffffffff, 0xffffffff}, 24h * day)));
  }
}

}  // namespace
}  // namespace blipd
