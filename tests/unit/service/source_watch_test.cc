#include "daemon/service/source_watch.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;

const Address kHere = Address::v4(0xc6336409);
const Address kThere = Address::v4(0xc633640a);
const Address kFar = Address::v4(0xc6120001);
const Address kOther = Address::v4(0xc6120002);

struct Fixture {
  std::map<Address, Address> ways{{kFar, kHere}, {kOther, kHere}};
  std::set<Address> own{kHere};
  SourceWatch watch{{[this](const Address& to) -> std::optional<Address> {
                       const auto way = ways.find(to);
                       return way == ways.end() ? std::nullopt : std::optional(way->second);
                     },
                     [this](const Address& address) { return own.contains(address); }}};
  std::optional<SourceWatch::Change> look(Duration at) { return watch.look({kFar, kOther}, Instant(at)); }
};

TEST_CASE("an address that goes is noticed between the looks before and after, once") {
  Fixture f;
  CHECK_FALSE(f.look(1s));
  CHECK_FALSE(f.look(2s));
  f.ways = {{kFar, kThere}, {kOther, kThere}};
  f.own = {kThere};
  const auto change = f.look(3s);
  REQUIRE(change);
  CHECK(change->was == kHere);
  CHECK(change->from == Instant(2s));
  CHECK(change->to == Instant(3s));
  CHECK_FALSE(f.look(4s));
}

TEST_CASE("another way to send is no fault while the address stays ours") {
  Fixture f;
  f.look(1s);
  f.ways = {{kFar, kThere}, {kOther, kThere}};
  f.own = {kHere, kThere};
  CHECK_FALSE(f.look(2s));
}

TEST_CASE("without any way the address that has gone counts from when it was last in use") {
  Fixture f;
  f.look(1s);
  f.ways.clear();
  f.own.clear();
  const auto change = f.look(2s);
  REQUIRE(change);
  CHECK(change->from == Instant(1s));
  CHECK_FALSE(f.look(3s));
  f.ways = {{kFar, kThere}};
  f.own = {kThere};
  CHECK_FALSE(f.look(4s));
}

TEST_CASE("without references nothing is asked") {
  Fixture f;
  CHECK_FALSE(f.watch.look({}, Instant(1s)));
}

}  // namespace
}  // namespace blipd
