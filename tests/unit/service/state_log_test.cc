#include "daemon/service/state_log.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/service/fake_log.h"

namespace blipd {
namespace {

using test::FakeLog;

NetworkSnapshot network(const std::string& name, State state) {
  NetworkSnapshot made;
  made.name = name;
  made.state = state;
  made.hosts = 8;
  made.hosts_responding = 6;
  return made;
}

Snapshot snapshot(std::vector<NetworkSnapshot> networks) {
  Snapshot made;
  made.vantage = "fra1";
  made.window_labels = {"1m", "5m"};
  made.networks = std::move(networks);
  return made;
}

using Lines = std::vector<std::string>;

TEST_CASE("one line for each change of a network's state") {
  FakeLog log;
  StateLog states(log);
  states.compare(snapshot({network("a", State::unknown), network("b", State::up)}));
  CHECK(log.take() == Lines{"info: network is up network=b state=up was=unknown hosts_responding=6 hosts=8"});
  states.compare(snapshot({network("a", State::unknown), network("b", State::up)}));
  CHECK(log.take().empty());
  states.compare(snapshot({network("a", State::spotty), network("b", State::down)}));
  CHECK(log.take() == Lines{"warn: network is spotty network=a state=spotty was=unknown hosts_responding=6 hosts=8",
                            "warn: network is down network=b state=down was=up hosts_responding=6 hosts=8"});
}

TEST_CASE("a network that is taken out and comes back begins as unknown") {
  FakeLog log;
  StateLog states(log);
  states.compare(snapshot({network("a", State::down)}));
  log.take();
  states.compare(snapshot({}));
  CHECK(log.take().empty());
  states.compare(snapshot({network("a", State::down)}));
  CHECK(log.take() == Lines{"warn: network is down network=a state=down was=unknown hosts_responding=6 hosts=8"});
}

TEST_CASE("the numbers are those of the module that gives the state, in the shortest window") {
  FakeLog log;
  StateLog states(log);
  NetworkSnapshot made = network("a", State::spotty);
  ModuleSnapshot down;
  down.module = "syn80";
  down.state = State::down;
  down.windows = {{100, 0, 0, 0, 0.037}, {500, 0, 0, 0, 0.01}};
  ModuleSnapshot spotty;
  spotty.module = "ping";
  spotty.state = State::spotty;
  spotty.windows = {{60, 42, 0.7, 0.5749, 0.8012}, {300, 210, 0.7, 0.64, 0.75}};
  made.modules = {down, spotty};
  states.compare(snapshot({made}));
  CHECK(log.take() ==
        Lines{"warn: network is spotty network=a state=spotty was=unknown module=ping window=1m probes=60 ratio=0.7 "
              "ratio_lower=0.5749 ratio_upper=0.8012 hosts_responding=6 hosts=8"});
}

TEST_CASE("a window without probes has no ratio") {
  FakeLog log;
  StateLog states(log);
  NetworkSnapshot made = network("a", State::up);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ModuleSnapshot module;
  module.module = "ping";
  module.state = State::up;
  module.windows = {{0, 0, nan, nan, nan}};
  made.modules = {module};
  states.compare(snapshot({made}));
  CHECK(log.take() == Lines{"info: network is up network=a state=up was=unknown module=ping window=1m probes=0 "
                            "hosts_responding=6 hosts=8"});
}

TEST_CASE("the vantage has a line of its own") {
  FakeLog log;
  StateLog states(log);
  Snapshot made = snapshot({});
  made.references = {{"192.0.2.1", true}, {"192.0.2.2", false}, {"192.0.2.3", false}};
  states.compare(made);
  CHECK(log.take().empty());
  made.vantage_ok = false;
  states.compare(made);
  states.compare(made);
  CHECK(log.take() == Lines{"warn: vantage is ill: probes prove nothing about networks vantage=fra1 "
                            "references_responding=1 references=3"});
  made.vantage_ok = true;
  states.compare(made);
  CHECK(log.take() == Lines{"info: vantage is well again vantage=fra1 references_responding=1 references=3"});
}

}  // namespace
}  // namespace blipd
