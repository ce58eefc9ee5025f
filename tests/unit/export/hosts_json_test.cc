#include "daemon/export/hosts_json.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

namespace blipd {
namespace {

ListedTarget target(std::uint64_t outcomes, std::uint8_t known, std::uint8_t failure_run) {
  ListedTarget made;
  made.state = {Address::v4(0xc0000201), outcomes, known, failure_run, true};
  return made;
}

TEST_CASE("targets with their condition and their last outcomes, newest last") {
  TargetList list;
  list.modules = {"ping", "web"};
  list.total = 50;
  list.targets = {target(0b1101, 4, 0), target(0b100, 3, 2), target(0b000, 2, 2), target(0b1000, 4, 3),
                  target(0, 0, 0)};
  list.targets.back().module = 1;
  list.targets.back().name = "www.example.org";
  const auto json = nlohmann::json::parse(render_hosts_json("a", {5, 1000}, list));
  CHECK(json["network"] == "a");
  CHECK(json["targets"] == 50);
  CHECK(json["offset"] == 5);
  const auto& hosts = json["hosts"];
  REQUIRE(hosts.size() == 5);
  CHECK(hosts[0] == nlohmann::json{{"host", "192.0.2.1"},
                                   {"address", "192.0.2.1"},
                                   {"module", "ping"},
                                   {"state", "responding"},
                                   {"failures_in_a_row", 0},
                                   {"rate_limited", false},
                                   {"outcomes", "1101"}});
  CHECK(hosts[1]["state"] == "wavering");
  CHECK(hosts[1]["outcomes"] == "100");
  CHECK(hosts[2]["state"] == "unheard");
  CHECK(hosts[3]["state"] == "silent");
  CHECK(hosts[3]["failures_in_a_row"] == 3);
  CHECK(hosts[4]["state"] == "unknown");
  CHECK(hosts[4]["outcomes"] == "");
  CHECK(hosts[4]["host"] == "www.example.org");
  CHECK(hosts[4]["module"] == "web");
}

TEST_CASE("all 64 outcomes") {
  TargetList list;
  list.modules = {"ping"};
  list.targets = {target(~std::uint64_t{0} >> 1U, 64, 0)};
  const auto json = nlohmann::json::parse(render_hosts_json("a", {}, list));
  CHECK(json["hosts"][0]["outcomes"] == "0" + std::string(63, '1'));
}

}  // namespace
}  // namespace blipd
