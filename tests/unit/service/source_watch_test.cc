#include "daemon/service/source_watch.h"

#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;
using What = WayLoss::What;

const Address kHere = Address::v4(0xc6336409);
const Address kThere = Address::v4(0xc633640a);
const Address kFar = Address::v4(0xc6120001);
const Address kOther = Address::v4(0xc6120002);

struct Fixture {
  std::map<Address, Way> ways{{kFar, {kHere, 2}}, {kOther, {kHere, 2}}};
  std::set<Address> own{kHere};
  std::optional<Address> told_source;
  SourceWatch watch{{[this](const Address& to, const std::optional<Address>& from) -> std::optional<Way> {
                       const auto way = ways.find(to);
                       if (way == ways.end()) return std::nullopt;
                       return Way{from.value_or(way->second.source), way->second.interface};
                     },
                     [this](const Address& address) { return own.contains(address); }}};
  std::optional<SourceWatch::Change> look(Duration at) {
    return watch.look({{kFar, kOther}, told_source, {}}, Instant(at));
  }
  std::optional<SourceWatch::Change> hear(const WayLoss& loss) {
    return watch.on_losses({loss}, Instant(1500ms), Instant(1600ms));
  }
};

TEST_CASE("an address that goes is noticed between the looks before and after, once") {
  Fixture f;
  CHECK_FALSE(f.look(1s));
  CHECK_FALSE(f.look(2s));
  f.ways = {{kFar, {kThere, 2}}, {kOther, {kThere, 2}}};
  f.own = {kThere};
  const auto change = f.look(3s);
  REQUIRE(change);
  CHECK(change->lost == WayLoss{What::address, 0, kHere});
  CHECK(change->from == Instant(2s));
  CHECK(change->to == Instant(3s));
  CHECK_FALSE(f.look(4s));
}

TEST_CASE("another way to send is no fault while the address stays ours") {
  Fixture f;
  f.look(1s);
  f.ways = {{kFar, {kThere, 2}}, {kOther, {kThere, 2}}};
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
  f.ways = {{kFar, {kThere, 2}}};
  f.own = {kThere};
  CHECK_FALSE(f.look(4s));
}

TEST_CASE("without hosts nothing is asked") {
  Fixture f;
  CHECK_FALSE(f.watch.look({}, Instant(1s)));
}

TEST_CASE("the address that we are told to send from is watched, though the kernel would choose another") {
  Fixture f;
  f.told_source = kThere;
  f.own = {kHere, kThere};
  CHECK_FALSE(f.look(1s));
  f.own = {kHere};
  const auto change = f.look(2s);
  REQUIRE(change);
  CHECK(change->lost.address == kThere);
  CHECK_FALSE(f.look(3s));
  f.own = {kHere, kThere};
  CHECK_FALSE(f.look(4s));
}

TEST_CASE("news of the interface, address or default route that we use is a fault since the news before") {
  const WayLoss loss =
      GENERATE(WayLoss{What::interface, 2, {}}, WayLoss{What::default_route, 2, {}}, WayLoss{What::address, 2, kHere});
  Fixture f;
  f.look(1s);
  const auto change = f.hear(loss);
  REQUIRE(change);
  CHECK(change->from == Instant(1500ms));
  CHECK(change->to == Instant(1600ms));
  CHECK(change->lost == loss);
}

TEST_CASE("news of what we do not use is none of ours") {
  const WayLoss loss =
      GENERATE(WayLoss{What::interface, 3, {}}, WayLoss{What::default_route, 3, {}}, WayLoss{What::address, 2, kThere});
  Fixture f;
  CHECK_FALSE(f.hear({What::interface, 2, {}}));
  f.look(1s);
  CHECK_FALSE(f.hear(loss));
}

TEST_CASE("an address of which the kernel has told is not told of again by the look") {
  Fixture f;
  f.look(1s);
  CHECK(f.hear({What::address, 2, kHere}));
  f.ways.clear();
  f.own.clear();
  CHECK_FALSE(f.look(2s));
  // The interface goes after its address, and there has been no way since.
  CHECK(f.hear({What::interface, 2, {}}));
}

}  // namespace
}  // namespace blipd
