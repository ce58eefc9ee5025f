#include "tests/lab/network.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "tests/lab/answer_queue.h"
#include "tests/support/catch.h"
#include "tests/unit/lab/request.h"

namespace blipd::lab {
namespace {

using namespace std::chrono_literals;

constexpr const char* kVantage = "198.51.100.9";

LabNetworks networks_of(const std::string& text) {
  auto scenario = parse_scenario(text, "lab.yaml");
  INFO((scenario ? "" : scenario.error().message));
  REQUIRE(scenario.has_value());
  return LabNetworks(std::move(*scenario));
}

std::vector<PlannedPacket> send(LabNetworks& networks, const std::string& to, Elapsed now = 0s) {
  std::vector<PlannedPacket> out;
  networks.receive(echo_request(kVantage, to), now, out);
  return out;
}

bool identity_holds(const Counts& c) {
  return c.requests == c.answered + c.late + c.lost + c.errors && c.dark <= c.lost;
}

TEST_CASE("a healthy host answers after its delay") {
  LabNetworks networks = networks_of("networks: [{name: a, prefixes: [198.18.1.0/28], delay: 20ms}]");
  const auto out = send(networks, "198.18.1.15", 3s);
  REQUIRE(out.size() == 1);
  CHECK(out[0].at == 3s + 20ms);
  CHECK(source_of(out[0].bytes) == "198.18.1.15");
  CHECK(networks.truth().networks[0].icmp.total.answered == 1);
}

TEST_CASE("jitter stays in its range and uses it") {
  LabNetworks networks = networks_of("networks: [{name: a, prefixes: [198.18.1.0/28], delay: 20ms, jitter: 10ms}]");
  Elapsed least = 1s;
  Elapsed most = 0s;
  for (int i = 0; i < 1000; ++i) {
    const Elapsed at = send(networks, "198.18.1.1").at(0).at;
    least = std::min(least, at);
    most = std::max(most, at);
  }
  CHECK(least >= 20ms);
  CHECK(least < 21ms);
  CHECK(most < 30ms);
  CHECK(most > 29ms);
}

TEST_CASE("loss is what the scenario says, and the seed decides which") {
  const std::string text = "networks: [{name: a, prefixes: [198.18.1.0/28], loss: 0.3}]";
  LabNetworks first = networks_of("seed: 5\n" + text);
  LabNetworks same = networks_of("seed: 5\n" + text);
  LabNetworks other = networks_of("seed: 6\n" + text);
  int differing = 0;
  for (int i = 0; i < 20000; ++i) {
    const bool answered = !send(first, "198.18.1.1").empty();
    CHECK(answered == !send(same, "198.18.1.1").empty());
    if (answered != !send(other, "198.18.1.1").empty()) ++differing;
  }
  CHECK(differing > 1000);
  const Counts& total = first.truth().networks[0].icmp.total;
  // Four standard deviations of a binomial count.
  CHECK(std::abs(static_cast<double>(total.lost) - 6000) < 4 * std::sqrt(20000 * 0.3 * 0.7));
  CHECK(identity_holds(total));
}

TEST_CASE("who is dark does not answer at all, not even with forgeries") {
  LabNetworks networks = networks_of(R"(
outages: [{from: 50s, to: 60s}]
networks:
  - {name: silent, prefixes: [198.18.1.0/28], silent: true, forge: 1, stray: 1}
  - {name: outage, prefixes: [198.18.2.0/28], outages: [{from: 10s, to: 20s}]}
  - {name: some, prefixes: [198.18.3.0/31, 198.18.4.0/30], silent_hosts: 3, hosts: {198.18.4.3: {silent: true}}}
)");
  struct Row {
    const char* host;
    Elapsed now;
    bool dark;
  };
  const auto row = GENERATE(Row{"198.18.1.1", 0s, true}, Row{"198.18.2.1", 9s, false}, Row{"198.18.2.1", 10s, true},
                            Row{"198.18.2.1", 20s, false}, Row{"198.18.2.1", 55s, true}, Row{"198.18.3.0", 0s, true},
                            Row{"198.18.3.1", 0s, true}, Row{"198.18.4.0", 0s, true}, Row{"198.18.4.1", 0s, false},
                            Row{"198.18.4.3", 0s, true});
  CHECK(send(networks, row.host, row.now).empty() == row.dark);
}

TEST_CASE("duplicates leave twice") {
  LabNetworks networks = networks_of("networks: [{name: a, prefixes: [198.18.1.0/28], duplicate: 1}]");
  const auto out = send(networks, "198.18.1.1");
  REQUIRE(out.size() == 2);
  CHECK(out[0].bytes == out[1].bytes);
  CHECK(networks.truth().networks[0].icmp.total.answered == 1);
  CHECK(networks.truth().networks[0].icmp.total.duplicates == 1);
}

TEST_CASE("late replies take the extra delay and are counted apart") {
  LabNetworks networks = networks_of(
      "networks: [{name: a, prefixes: [198.18.1.0/28], delay: 20ms, duplicate: 1, late: {probability: 1, "
      "delay: 4s}}]");
  const auto out = send(networks, "198.18.1.1");
  REQUIRE(out.size() == 1);
  CHECK(out[0].at == 4s + 20ms);
  const Counts& total = networks.truth().networks[0].icmp.total;
  CHECK(total.late == 1);
  CHECK(total.answered == 0);
  CHECK(identity_holds(total));
}

TEST_CASE("forged and stray replies come before the true one, and also without it") {
  const bool lost = GENERATE(false, true);
  LabNetworks networks = networks_of("networks: [{name: a, prefixes: [198.18.1.0/28], forge: 1, stray: 1, loss: " +
                                     std::string(lost ? "1" : "0") + "}]");
  const auto out = send(networks, "198.18.1.4");
  REQUIRE(out.size() == (lost ? 2 : 3));
  CHECK(source_of(out[0].bytes) == "198.18.1.4");
  CHECK(source_of(out[1].bytes) == "198.18.1.5");
  if (!lost) {
    CHECK(out[0].bytes != out[2].bytes);
    CHECK(icmp_of(out[1].bytes) == icmp_of(out[2].bytes));
    CHECK(out[0].at == out[2].at);
  }
  const Counts& total = networks.truth().networks[0].icmp.total;
  CHECK(total.forged == 1);
  CHECK(total.stray == 1);
  CHECK(identity_holds(total));
}

TEST_CASE("errors take the reply's place") {
  LabNetworks networks = networks_of(
      "networks: [{name: a, prefixes: [198.18.1.0/28], error: {probability: 1, from: 198.18.0.254, quote: 8}}]");
  const auto out = send(networks, "198.18.1.4");
  REQUIRE(out.size() == 1);
  CHECK(source_of(out[0].bytes) == "198.18.0.254");
  CHECK(icmp_of(out[0].bytes)[0] == 3);
  CHECK(networks.truth().networks[0].icmp.total.errors == 1);
  CHECK(identity_holds(networks.truth().networks[0].icmp.total));
}

TEST_CASE("what is no good request is counted and not answered") {
  LabNetworks networks = networks_of("networks: [{name: a, prefixes: [198.18.1.0/28]}]");
  std::vector<PlannedPacket> out;
  Bytes wrong = echo_request(kVantage, "198.18.1.1");
  wrong.back() ^= 1;
  networks.receive(wrong, 0s, out);
  networks.receive(echo_request(kVantage, "198.18.0.255"), 0s, out);
  networks.receive(echo_request(kVantage, "198.18.1.16"), 0s, out);
  networks.receive(Bytes{1, 2, 3}, 0s, out);
  CHECK(out.empty());
  CHECK(networks.truth().bad_checksum == 1);
  CHECK(networks.truth().unknown_destination == 2);
  CHECK(networks.truth().ignored == 1);
  CHECK(networks.truth().networks[0].icmp.total.requests == 0);
}

TEST_CASE("IPv6 prefixes are found among IPv4 ones") {
  LabNetworks networks =
      networks_of("networks: [{name: a, prefixes: [198.18.1.0/28, '2001:db8:1::/124', '2001:db8:2::/64']}]");
  std::vector<PlannedPacket> out;
  networks.receive(echo_request("2001:db8:ffff::9", "2001:db8:1::f"), 0s, out);
  networks.receive(echo_request("2001:db8:ffff::9", "2001:db8:2::ffff:1"), 0s, out);
  REQUIRE(out.size() == 2);
  CHECK(source_of(out[0].bytes) == "2001:db8:1::f");
  networks.receive(echo_request("2001:db8:ffff::9", "2001:db8:1::10"), 0s, out);
  CHECK(out.size() == 2);
}

TEST_CASE("answers leave by time, and those of one time in their order") {
  AnswerQueue queue;
  queue.push({2s, Bytes{3}});
  queue.push({1s, Bytes{1}});
  queue.push({2s, Bytes{4}});
  queue.push({1s, Bytes{2}});
  CHECK(queue.next_at() == 1s);
  CHECK_FALSE(queue.pop_due(1s - 1ns).has_value());
  std::vector<std::uint8_t> order;
  while (const auto packet = queue.pop_due(5s)) order.push_back(packet->bytes[0]);
  CHECK(order == std::vector<std::uint8_t>{1, 2, 3, 4});
  CHECK(queue.empty());
}

}  // namespace
}  // namespace blipd::lab
