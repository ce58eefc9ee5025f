#include "tests/lab/scenario.h"

#include <string>

#include "tests/support/catch.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

constexpr const char* kEverything = R"(seed: 7
vantage: {address: 192.0.2.7, address6: "2001:db8::7"}
routes: default
outages: [{from: 1s, to: 2s}]
networks:
  - name: one
    prefixes: [198.18.1.0/28, 198.18.2.1, "2001:db8:1::/124"]
    delay: 20ms
    jitter: 500us
    loss: 0.25
    silent_hosts: 3
    duplicate: 0.1
    late: {probability: 0.2, delay: 4s}
    forge: 0.3
    error: {probability: 0.5, type: 11, code: 0, from: 198.18.0.254, type6: 3, code6: 0, from6: "2001:db8::fe", quote: 8}
    outages: [{from: 20s, to: 35s}]
    flapping: {period: 20s, down: 8s, from: 5s}
    hosts:
      198.18.1.3: {loss: 1.0, outages: []}
  - name: two
    prefixes: [198.18.3.0/31]
    stray: 1
    silent: true
)";

TEST_CASE("every key is decoded") {
  const auto parsed = parse_scenario(kEverything, "lab.yaml");
  REQUIRE(parsed.has_value());
  const Scenario& scenario = *parsed;
  CHECK(scenario.seed == 7);
  CHECK(scenario.address.to_string() == "192.0.2.7");
  CHECK(scenario.address6.to_string() == "2001:db8::7");
  CHECK(scenario.default_routes);
  CHECK(within(scenario.outages, 1s));
  REQUIRE(scenario.networks.size() == 2);
  const NetworkScenario& one = scenario.networks[0];
  CHECK(one.name == "one");
  REQUIRE(one.prefixes.size() == 3);
  CHECK(one.prefixes[0].count() == 16);
  CHECK(one.prefixes[1].count() == 1);
  CHECK(one.prefixes[2].last().to_string() == "2001:db8:1::f");
  CHECK(one.silent_hosts == 3);
  const Behaviour& behaviour = one.behaviour;
  CHECK(behaviour.delay == 20ms);
  CHECK(behaviour.jitter == 500us);
  CHECK(behaviour.loss == 0.25);
  CHECK(behaviour.duplicate == 0.1);
  CHECK(behaviour.late.probability == 0.2);
  CHECK(behaviour.late.delay == 4s);
  CHECK(behaviour.forge == 0.3);
  CHECK(behaviour.error.probability == 0.5);
  CHECK(behaviour.error.type == 11);
  CHECK(behaviour.error.type6 == 3);
  CHECK(behaviour.error.from->to_string() == "198.18.0.254");
  CHECK(behaviour.error.from6->to_string() == "2001:db8::fe");
  CHECK(behaviour.error.quote == 8);
  CHECK(behaviour.outages.size() == 1);
  REQUIRE(behaviour.flapping.has_value());
  CHECK(behaviour.flapping->period == 20s);
  // An override begins as its network behaves.
  const Behaviour& host = one.hosts.at(*Ip::parse("198.18.1.3"));
  CHECK(host.loss == 1.0);
  CHECK(host.delay == 20ms);
  CHECK(host.outages.empty());
  CHECK(scenario.networks[1].behaviour.stray == 1);
  CHECK(scenario.networks[1].behaviour.silent);
}

TEST_CASE("defaults") {
  const auto parsed = parse_scenario("networks: [{name: a, prefixes: [198.18.0.0/24]}]", "lab.yaml");
  REQUIRE(parsed.has_value());
  CHECK(parsed->seed == 1);
  CHECK(parsed->address.to_string() == "198.51.100.9");
  CHECK(parsed->address6.to_string() == "2001:db8:ffff::9");
  CHECK_FALSE(parsed->default_routes);
  CHECK(parsed->networks[0].behaviour.loss == 0);
  CHECK_FALSE(parsed->networks[0].behaviour.dark_at(0s));
}

TEST_CASE("what is wrong is told with its place") {
  struct Row {
    std::string text;
    std::string message;
  };
  const std::string start = "networks:\n  - name: a\n    prefixes: [198.18.0.0/24]\n";
  const auto row = GENERATE_COPY(
      Row{"", "lab.yaml: exactly one YAML document is expected"},
      Row{"seed: 1", "lab.yaml:1:1: networks: a list of networks is expected"},
      Row{"- a", "lab.yaml:1:1: a mapping is expected here"},
      Row{start + "    los: 0.3\n", "lab.yaml:4:5: unknown key \"los\""},
      Row{start + "    loss: 0.1\n    loss: 0.2\n", "lab.yaml:5:5: repeated key \"loss\""},
      Row{start + "    loss: 1.5\n", "lab.yaml:4:11: loss: a probability from 0 to 1 is expected"},
      Row{start + "    loss: nan\n", "lab.yaml:4:11: loss: a probability from 0 to 1 is expected"},
      Row{start + "    delay: 20\n",
          "lab.yaml:4:12: delay: a duration with its unit is expected, such as 20ms, 1.5s or 2m"},
      Row{start + "    delay: -1s\n",
          "lab.yaml:4:12: delay: a duration with its unit is expected, such as 20ms, 1.5s or 2m"},
      Row{start + "    silent: yes\n", "lab.yaml:4:13: silent: true or false is expected"},
      Row{start + "    late: {probability: 0.1, wait: 4s}\n", "lab.yaml:4:30: unknown key \"wait\""},
      Row{start + "    flapping: {period: 5s, down: 5s}\n", "lab.yaml:4:34: down: must be shorter than the period"},
      Row{start + "    outages: [{from: 5s, to: 5s}]\n", "lab.yaml:4:30: to: an outage ends after it begins"},
      Row{start + "    error: {probability: 1}\n", "lab.yaml:2:5: error: from is missing"},
      Row{start + "    error: {probability: 1, type: 256}\n", "lab.yaml:2:5: error: from is missing"},
      Row{start + "    hosts: {192.0.2.1: {}}\n",
          "lab.yaml:4:13: an address inside the network's prefixes is expected"},
      Row{start + "    stray: 0.1\n  - name: b\n    prefixes: [198.18.0.4/32]\n",
          "lab.yaml:2:3: prefixes overlap at 198.18.0.4"},
      Row{start + "  - name: a\n    prefixes: [198.18.1.0/24]\n", "lab.yaml:4:5: repeated network \"a\""},
      Row{"networks: [{name: a, prefixes: [198.18.0.1/24]}]",
          "lab.yaml:1:33: a prefix with no host bits set, or an address, is expected"},
      Row{"networks: [{name: a, prefixes: [198.18.0.1], stray: 1}]",
          "lab.yaml:1:12: stray: a prefix of one address has no neighbour"},
      Row{"networks: [{name: a, prefixes: [198.51.100.0/24]}]",
          "lab.yaml:1:12: the vantage's own address lies in 198.51.100.0"},
      Row{start + "routes: all\n", "lab.yaml:4:9: routes: networks or default is expected"},
      Row{start + "---\nseed: 2\n", "lab.yaml: exactly one YAML document is expected"});
  const auto parsed = parse_scenario(row.text, "lab.yaml");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().message == row.message);
}

TEST_CASE("broken YAML is told with its line") {
  const auto parsed = parse_scenario("seed: 1\nnetworks: [\n", "lab.yaml");
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().message.rfind("lab.yaml:", 0) == 0);
}

TEST_CASE("a file that is not there is an error") {
  const auto loaded = load_scenario("no-such-directory/lab.yaml");
  REQUIRE_FALSE(loaded.has_value());
  CHECK(loaded.error().message == "no-such-directory/lab.yaml: cannot be read");
}

TEST_CASE("outages and flapping are dark when they say") {
  Behaviour behaviour;
  behaviour.outages = {{20s, 35s}};
  CHECK_FALSE(behaviour.dark_at(20s - 1ns));
  CHECK(behaviour.dark_at(20s));
  CHECK(behaviour.dark_at(35s - 1ns));
  CHECK_FALSE(behaviour.dark_at(35s));

  Behaviour flapping;
  flapping.flapping = Flapping{20s, 8s, 5s};
  CHECK_FALSE(flapping.dark_at(0s));
  CHECK_FALSE(flapping.dark_at(17s - 1ns));
  CHECK(flapping.dark_at(17s));
  CHECK(flapping.dark_at(25s - 1ns));
  CHECK_FALSE(flapping.dark_at(25s));
  CHECK(flapping.dark_at(37s));
}

}  // namespace
}  // namespace blipd::lab
