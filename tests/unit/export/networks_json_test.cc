#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "daemon/export/page.h"
#include "tests/support/catch.h"
#include "tests/unit/export/sample_snapshot.h"

namespace blipd {

using nlohmann::json;

TEST_CASE("the document of all networks") {
  const json document = json::parse(render_networks_json(sample_snapshot()));
  CHECK(document["vantage"] == "fra1");
  CHECK(document["vantage_ok"] == true);
  CHECK(document["taken"] == "2026-03-01T12:00:00.250Z");
  REQUIRE(document["networks"].size() == 2);
  const json& network = document["networks"][0];
  CHECK(network["name"] == "star-jv");
  CHECK(network["labels"]["country"] == "KP");
  CHECK(network["state"] == "spotty");
  CHECK(network["since"] == "2026-03-01T10:57:55.250Z");
  CHECK(network["open_event"] == nlohmann::json{{"class", "spotty"}, {"start", "2026-03-01T10:58:20.250Z"}});
  CHECK(document["networks"][1]["open_event"].is_null());
  CHECK(document["vantage_event"].is_null());
  CHECK(network["hosts"] == 4);
  CHECK(network["hosts_responding"] == 3);
  CHECK(network["hosts_silent"] == 1);
  CHECK(network["state_changes"] == 2);
  CHECK(document["networks"][1]["since"].is_null());
}

TEST_CASE("a module of the document") {
  const json document = json::parse(render_networks_json(sample_snapshot()));
  const json module = document["networks"][0]["modules"][0];
  CHECK(module["module"] == "ping");
  CHECK(module["prober"] == "icmp");
  CHECK(module["state"] == "spotty");
  CHECK(module["round_seconds"] == 12.5);
  CHECK(module["targets"] == 4);
  CHECK(module["hosts_limited"] == 1);
  CHECK(module["probes"] == json::parse(R"({"sent":100,"replies":80,
      "failures":{"timeout":9,"refused":0,"unreachable":4,"bad_reply":0},
      "void":{"send":1,"receive_drop":2,"vantage":0,"local_route":0,"removed":1},
      "in_flight":3,"late":5,"duplicate":6,"missed":7})"));
  CHECK(module["windows"] == json::parse(R"([
      {"window":"1m","probes":8,"success_ratio":0.75,"lower":0.4093,"upper":0.9285},
      {"window":"5m","probes":0,"success_ratio":null,"lower":null,"upper":null}])"));
  CHECK(module["availability"] == json::parse(R"([
      {"loss":0.2,"interval_seconds":60.0,"intervals":120,"unavailable":3},
      {"loss":0.75,"interval_seconds":300.0,"intervals":24,"unavailable":1}])"));
  CHECK(module["errors"] == json::parse(R"([{"type":3,"code":1,"meaning":"host unreachable",
      "responder":"192.0.2.1","count":4}])"));
  CHECK(module["rtt"]["count"] == 80);
  CHECK(module["rtt"]["p50_seconds"].get<double>() > 0.0128);
  CHECK(module["rtt"]["p50_seconds"].get<double>() < 0.0256);
  const json fresh = document["networks"][1]["modules"][0];
  CHECK(fresh["rtt"] == json::parse(R"({"count":0,"p50_seconds":null,"p90_seconds":null,"p99_seconds":null})"));
  CHECK(fresh["errors"] == json::array());
  CHECK(fresh["probes"]["failures"].size() == 7);
}

TEST_CASE("one network, or none of that name") {
  const auto one = render_networks_json(sample_snapshot(), "fresh");
  REQUIRE(one);
  const json document = json::parse(*one);
  REQUIRE(document["networks"].size() == 1);
  CHECK(document["networks"][0]["name"] == "fresh");
  CHECK_FALSE(render_networks_json(sample_snapshot(), "fres"));
}

TEST_CASE("the text of any number of networks is that of one tree") {
  Snapshot s = sample_snapshot();
  const std::size_t count = GENERATE(std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{500});
  const std::vector<NetworkSnapshot> both = s.networks;
  s.networks.clear();
  // The longer ones come last: no length can be told from the first.
  for (std::size_t i = 0; i < count; ++i) s.networks.push_back(both[i < count / 2 ? 1 : 0]);
  const std::string text = render_networks_json(s);
  const auto tree = nlohmann::ordered_json::parse(text);
  CHECK(tree["networks"].size() == count);
  CHECK(text == tree.dump() + '\n');
}

TEST_CASE("text that JSON must escape or cannot hold") {
  Snapshot s = sample_snapshot();
  s.networks[0].name = "a\"b\\c\n\xff";
  s.networks[0].labels = {{"k", "\xff"}};
  const json document = json::parse(render_networks_json(s));
  CHECK(document["networks"][0]["name"] == "a\"b\\c\n\xef\xbf\xbd");
  CHECK(document["networks"][0]["labels"]["k"] == "\xef\xbf\xbd");
}

}  // namespace blipd
