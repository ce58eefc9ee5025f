#include "daemon/store/network_states.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;

namespace {

std::vector<std::string> changes(NetworkStates& states, const std::vector<std::pair<std::string, State>>& networks) {
  Snapshot snapshot;
  for (const auto& [name, state] : networks) {
    snapshot.networks.emplace_back();
    snapshot.networks.back().name = name;
    snapshot.networks.back().state = state;
  }
  std::vector<std::string> told;
  states.compare(snapshot, [&](const NetworkSnapshot& network, State was) {
    told.push_back(network.name + ": " + std::string(to_string(was)) + " to " + std::string(to_string(network.state)));
  });
  return told;
}

using Told = std::vector<std::string>;

}  // namespace

TEST_CASE("a network is told when its state is another than before, and first when it is known") {
  NetworkStates states;
  CHECK(changes(states, {{"a", State::unknown}, {"b", State::up}}) == Told{"b: unknown to up"});
  CHECK(changes(states, {{"a", State::unknown}, {"b", State::up}}).empty());
  CHECK(changes(states, {{"a", State::down}, {"b", State::spotty}}) == Told{"a: unknown to down", "b: up to spotty"});
}

TEST_CASE("networks keep their states when others come and go, and when their order changes") {
  NetworkStates states;
  changes(states, {{"a", State::up}, {"b", State::down}});
  CHECK(changes(states, {{"b", State::down}, {"c", State::unknown}, {"a", State::up}}).empty());
  CHECK(changes(states, {{"c", State::up}}) == Told{"c: unknown to up"});
  CHECK(changes(states, {{"a", State::up}, {"c", State::up}}) == Told{"a: unknown to up"});
  CHECK(changes(states, {}).empty());
}
