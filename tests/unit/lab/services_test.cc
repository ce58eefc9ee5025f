#include <string>
#include <utility>

#include "tests/lab/scenario.h"
#include "tests/support/catch.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

const std::string kStart = "networks:\n  - name: a\n    prefixes: [198.18.0.0/24]\n";

TEST_CASE("ports, web sites and losses in each direction are decoded, and a host's own replace the network's") {
  const auto parsed = parse_scenario(kStart + R"(    loss_forward: 0.1
    loss_back: 0.2
    tcp: {open: [22, 65535], closed: silent}
    http:
      ports: [80, 8080]
      status: 404
      body: "not here\n"
      headers: {Server: lab, X-Empty: ""}
      dead: [{from: 1s, to: 2s, answer: rst}, {to: 4s, answer: 503}, {from: 5s, to: 6s}]
    hosts:
      198.18.0.7: {tcp: {open: [25]}, http: {status: 200, headers: {X: y}, dead: []}}
)",
                                     "lab.yaml");
  INFO((parsed ? "" : parsed.error().message));
  REQUIRE(parsed.has_value());
  const Behaviour& network = parsed->networks[0].behaviour;
  CHECK(network.loss_forward == 0.1);
  CHECK(network.loss_back == 0.2);
  CHECK(network.tcp.open == std::vector<std::uint16_t>{22, 65535});
  CHECK(network.tcp.closed_silent);
  CHECK(network.http.ports == std::vector<std::uint16_t>{80, 8080});
  CHECK(network.http.body == "not here\n");
  REQUIRE(network.http.headers.size() == 2);
  CHECK(network.http.headers[0].second == "lab");
  CHECK(network.port_at(80, 1s) == PortAnswer::closed);
  CHECK(network.port_at(80, 2s) == PortAnswer::open);
  CHECK(network.port_at(80, 5s) == PortAnswer::silent);
  CHECK(network.port_at(22, 5s) == PortAnswer::open);
  CHECK(network.http.status_at(3s) == 503);
  CHECK(network.http.status_at(4s) == 404);
  const Behaviour& host = parsed->networks[0].hosts.at(*Ip::parse("198.18.0.7"));
  CHECK(host.port_at(22, 5s) == PortAnswer::closed);
  CHECK(host.port_at(25, 5s) == PortAnswer::open);
  CHECK(host.port_at(8080, 5s) == PortAnswer::open);
  CHECK(host.http.status_at(3s) == 200);
  CHECK(host.http.body == "not here\n");
  REQUIRE(host.http.headers.size() == 1);
  CHECK(host.http.headers[0] == std::pair<std::string, std::string>{"X", "y"});
}

TEST_CASE("without tcp and http every port is silent; http alone is port 80 with 200") {
  const auto plain = parse_scenario(kStart, "lab.yaml");
  REQUIRE(plain.has_value());
  CHECK(plain->networks[0].behaviour.port_at(80, 0s) == PortAnswer::silent);
  const auto web = parse_scenario(kStart + "    http: {}\n", "lab.yaml");
  REQUIRE(web.has_value());
  CHECK(web->networks[0].behaviour.port_at(80, 0s) == PortAnswer::open);
  CHECK(web->networks[0].behaviour.http.status_at(0s) == 200);
}

TEST_CASE("what is wrong in tcp and http is told with its place") {
  struct Row {
    std::string text;
    std::string message;
  };
  const auto row = GENERATE(
      Row{"loss_back: 2", "4:16: loss_back: a probability from 0 to 1 is expected"},
      Row{"tcp: {open: 80}", "4:17: open: a list of ports, 1 to 65535, is expected"},
      Row{"tcp: {open: [0]}", "4:17: open: a list of ports, 1 to 65535, is expected"},
      Row{"tcp: {open: [65536]}", "4:17: open: a list of ports, 1 to 65535, is expected"},
      Row{"tcp: {closed: open}", "4:19: closed: rst or silent is expected"},
      Row{"tcp: {ports: [80]}", "4:11: unknown key \"ports\""}, Row{"tcp: 80", "4:10: a mapping is expected here"},
      Row{"http: {status: 199}", "4:20: status: an HTTP status from 200 to 599 is expected"},
      Row{"http: {status: 600}", "4:20: status: a whole number from 0 to 599 is expected"},
      Row{"http: {body: [a]}", "4:18: body: a text of at most 16384 octets is expected"},
      Row{"http: {body: " + std::string(16385, 'x') + "}", "4:18: body: a text of at most 16384 octets is expected"},
      Row{"http: {headers: [a]}", "4:21: headers: a mapping from a name to its value is expected"},
      Row{"http: {headers: {a b: c}}", "4:22: an HTTP field of one line is expected"},
      Row{"http: {headers: {a: \"b\\r\\nc\"}}", "4:22: an HTTP field of one line is expected"},
      Row{"http: {headers: {a: " + std::string(4096, 'x') + "}}", "4:21: headers: at most 4096 octets are expected"},
      Row{"http: {dead: {to: 5s}}", "4:18: dead: a list of {from, to, answer} is expected"},
      Row{"http: {dead: [{from: 5s}]}", "4:19: \"to\" is missing"},
      Row{"http: {dead: [{from: 5s, to: 4s}]}", "4:34: to: an outage ends after it begins"},
      Row{"http: {dead: [{to: 5s, answer: 99}]}",
          "4:36: answer: silent, rst or an HTTP status from 200 to 599 is expected"},
      Row{"http: {dead: [{to: 5s, answer: no}]}",
          "4:36: answer: silent, rst or an HTTP status from 200 to 599 is expected"});
  const auto parsed = parse_scenario(kStart + "    " + row.text + "\n", "lab.yaml");
  INFO(row.text);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().message == "lab.yaml:" + row.message);
}

}  // namespace
}  // namespace blipd::lab
