#include "daemon/simulate/scenario.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "daemon/config/load.h"
#include "daemon/simulate/scenario_config.h"
#include "tests/unit/simulate/scenario_input.h"

using namespace blipd;

namespace {

std::string error_of(const std::string& text) {
  const Result<Scenario> scenario = parse_scenario(text, "bad.yaml");
  return scenario.has_error() ? scenario.error().message : "";
}

/// The error of one network with these incidents, which stand on line 1.
std::string error_of_incident(const std::string& incident) {
  return error_of("networks: [{name: n, prefixes: [10.0.0.0/24], hosts: [{}], incidents: [" + incident + "]}]");
}

bool starts_with(const std::string& text, const std::string& start) { return text.rfind(start, 0) == 0; }
bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

const std::filesystem::path kScenarios =
    std::filesystem::path(BLIPD_TEST_DATA).parent_path().parent_path().parent_path() / "scenarios";

}  // namespace

TEST_CASE("what is wrong with a file is told with its place") {
  struct Case {
    const char* text;
    const char* error;
  };
  const Case cases[] = {
      {"", "bad.yaml:1:1: the file is empty"},
      {"length: 1h", "bad.yaml:1:1: networks: missing"},
      {"lenght: 1h\nnetworks: []", "bad.yaml:1:1: unknown key \"lenght\" (did you mean \"length\"?)"},
      {"length: 10\nnetworks: [{name: n, prefixes: [10.0.0.0/24], hosts: [{}]}]",
       "bad.yaml:1:1: length: \"10\" is not a duration: give its unit, as in \"10s\""},
      {"starts: 2014-12-21 16:15\nnetworks: [{name: n, prefixes: [10.0.0.0/24], hosts: [{}]}]",
       "bad.yaml:1:1: starts: \"2014-12-21 16:15\" is not a time such as 2014-12-21T16:15:00Z"},
      {"networks:\n  - {name: n, prefixes: [10.0.0.1/24], hosts: [{}]}",
       "bad.yaml:2:15: networks[0].prefixes: \"10.0.0.1/24\" is not a prefix (an address, / and a length, host bits "
       "zero)"},
      {"networks:\n  - {name: n, prefixes: [10.0.0.0/30], hosts: [{count: 4}]}",
       "bad.yaml:2:40: networks[0].hosts: 4 hosts do not fit into 10.0.0.0/30"},
      {"networks:\n  - {name: n, prefixes: [10.0.0.0/24], hosts: [{addresses: [10.0.1.1]}]}",
       "bad.yaml:2:48: networks[0].hosts[0]: 10.0.1.1 is in no prefix"},
      {"networks:\n  - {name: n, prefixes: [10.0.0.0/24], hosts: [{loss: 1.5}]}",
       "bad.yaml:2:49: networks[0].hosts[0].loss: 1.5 is above 1"},
      {"networks:\n  - {name: n, prefixes: [10.0.0.0/24], hosts: [{}], delay: uniform(5s)}",
       "bad.yaml:2:53: networks[0].delay: \"uniform(5s)\" is not a duration such as 30s"},
      {"networks:\n  - {name: n, prefixes: [10.0.0.0/24], hosts: [{}]}\n  - {name: n, prefixes: [10.0.1.0/24], hosts: "
       "[{}]}",
       "bad.yaml:1:1: networks: the name \"n\" is repeated"},
      {"networks:\n  - {name: n, prefixes: [10.0.0.0/24], hosts: [{}]}\n  - {name: m, prefixes: [10.0.0.0/25], hosts: "
       "[{}]}",
       "bad.yaml:1:1: networks: the addresses from 10.0.0.0 on are used twice"},
      {"networks: [{name: n, count: 300, prefixes: [255.255.0.0/24], hosts: [{}]}]",
       "bad.yaml:1:1: networks: the addresses from 255.255.0.0 on do not suffice"},
      {"networks: [{name: n, count: 1000000, prefixes: [10.0.0.0/28], hosts: [{count: 5}]}]",
       "bad.yaml:1:1: networks: more than 4000000 hosts"},
      {"vantage: {references: {}}\nnetworks: [{name: n, prefixes: [10.0.0.0/24], hosts: [{}]}]",
       "bad.yaml:1:23: vantage.references.hosts: must name at least one address"},
      {"blipd: 7\nnetworks: [{name: n, prefixes: [10.0.0.0/24], hosts: [{}]}]",
       "bad.yaml:1:1: blipd: expected a mapping, not a single value"},
  };
  for (const Case& bad : cases) {
    INFO(bad.text);
    INFO(error_of(bad.text));
    CHECK(starts_with(error_of(bad.text), bad.error));
  }
}

TEST_CASE("an incident knows the keys of its kind and no others") {
  struct Case {
    const char* incident;
    const char* error;
  };
  const Case cases[] = {
      {"{at: 1m}", "networks[0].incidents[0].kind: missing"},
      {"{kind: outge, for: 1m}", "\"outge\" is no kind of incident (did you mean \"outage\"?)"},
      {"{kind: vantage, for: 1m}", "vantage is for vantage.incidents alone"},
      {"{kind: blip}", "networks[0].incidents[0].for: missing"},
      {"{kind: blip, for: 1m, period: 2m}", "unknown key \"period\""},
      {"{kind: random_loss, for: 1m}", "networks[0].incidents[0].loss: missing"},
      {"{kind: partial, for: 1m}", "networks[0].incidents[0].from: missing"},
      {"{kind: congestion, for: 1m}", "unknown key \"for\""},
      {"{kind: congestion, capacity: 1, load_from: 0.5, load_to: 0.4}", "load_to: must be above load_from"},
      {"{kind: congestion, capacity: 1, stopping: 2}", "stopping: goes together with stop_after"},
      {"{kind: flapping, for: 1h, falls: poisson, jitter: 0.1}", "jitter: goes with falls: periodic alone"},
      {"{kind: host_fault, repeat: 2}", "repeat: needs `for`"},
      {"{kind: bursty_loss, for: 1h, share: 1.0}", "share: 1.0 is above 0.999"},
      {"{kind: blip, for: [5s, x]}", "expected a duration such as 30s"},
      {"{kind: blip, for: 2000d}", "must lie from 1ms to 1000d"},
  };
  for (const Case& bad : cases) {
    INFO(bad.incident);
    INFO(error_of_incident(bad.incident));
    CHECK(contains(error_of_incident(bad.incident), bad.error));
  }
}

TEST_CASE("incidents follow one another by their gaps") {
  const Scenario scenario = scenario_of(
      network_text(kSixteenHosts + "    incidents:\n      - {kind: blip, at: 1h, for: [5s, 10s], gap: 10m, repeat: 3}\n"
                                   "      - {kind: outage, gap: 1h, for: 9h31m}\n      - {kind: filter, at: 30m}\n"
                                   "      - {kind: blip, gap: 23h, for: 10s}\n"));
  const std::vector<PlannedIncident> plan = plan_incidents(scenario.networks[0].incidents, 1, scenario.length);
  REQUIRE(plan.size() == 5);
  CHECK(plan[0].start == 30min);
  CHECK(plan[0].end == 24h);
  CHECK(plan[1].start == 1h);
  CHECK(plan[1].end == 1h + 5s);
  CHECK(plan[2].start == 1h + 5s + 10min);
  CHECK(plan[2].end == 1h + 15s + 10min);
  CHECK(plan[3].end - plan[3].start == 5s);
  CHECK(plan[4].start == plan[3].end + 1h);
  CHECK(plan[4].end == plan[4].start + 9h + 31min);
}

TEST_CASE("a share of the networks has an incident") {
  const Scenario scenario = scenario_of(
      "networks: [{name: n, count: 2000, prefixes: [10.0.0.0/28], hosts: [{}], incidents: [{kind: outage, for: 1m, "
      "networks: 0.3}]}]");
  const World world(scenario, 5);
  CHECK(static_cast<double>(world.truth().size()) == Approx(600).margin(90));
}

TEST_CASE("every shipped scenario is read, played and can be probed") {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kScenarios)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  REQUIRE(files.size() >= 12);
  for (const std::filesystem::path& file : files) {
    INFO(file.string());
    Result<Scenario> scenario = load_scenario(file.string());
    if (scenario.has_error()) FAIL(scenario.error().message);
    const Result<Config> config = probing_config(*scenario);
    if (config.has_error()) FAIL(config.error().message);
    World world(*scenario, scenario->seed);
    CHECK(config->networks.size() == world.networks());
    CHECK_FALSE(world.truth().empty());
    CHECK(config->vantage.name == "A");
    CHECK(config->vantage.references.hosts.size() >= 3);
    CHECK(config->networks[0].mine == scenario->mine);
    CHECK(config->networks[0].hosts.size() == 16);
    const Result<std::string> yaml = probing_yaml(*scenario);
    REQUIRE(yaml.has_value());
    const Result<Config> read = parse_config(*yaml, "printed.yaml");
    if (read.has_error()) FAIL(read.error().message);
    REQUIRE(read->networks.size() == config->networks.size());
    for (std::size_t i = 0; i < read->networks.size(); ++i) {
      CHECK(read->networks[i].name == config->networks[i].name);
      CHECK(read->networks[i].hosts == config->networks[i].hosts);
      CHECK(read->networks[i].modules == config->networks[i].modules);
      CHECK(read->networks[i].mine == config->networks[i].mine);
    }
    CHECK(read->vantage.name == config->vantage.name);
    CHECK(read->vantage.references.hosts == config->vantage.references.hosts);
    CHECK(read->modules.size() == config->modules.size());
    CHECK(read->modules[0].interval == config->modules[0].interval);
    CHECK(read->limits.packets_per_second == config->limits.packets_per_second);
    for (const TrueIncident& incident : world.truth()) {
      CHECK(incident.start < incident.end);
      CHECK(incident.end <= scenario->length);
    }
  }
}

TEST_CASE("the example of the documentation is a scenario") {
  std::ifstream file(kScenarios.parent_path().parent_path() / "docs" / "scenarios.md");
  const std::string page{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::size_t begin = page.find("```yaml\n");
  REQUIRE(begin != std::string::npos);
  const World world(scenario_of(page.substr(begin + 8, page.find("```", begin + 8) - begin - 8)), 1);
  CHECK(world.networks() == 20);
  CHECK(world.network_name(19) == "branch-20");
}

TEST_CASE("the scenario of 2014 has the times that are known") {
  const Result<Scenario> scenario = load_scenario((kScenarios / "north-korea-2014.yaml").string());
  REQUIRE(scenario.has_value());
  const auto at = [&](Duration t) {
    return std::chrono::duration_cast<std::chrono::seconds>((scenario->starts + t).time_since_epoch()).count();
  };
  const World world(*scenario, 1);
  REQUIRE(world.truth().size() == 4);
  CHECK(world.truth()[0].kind == IncidentKind::flapping);
  CHECK(world.truth()[0].end == 24h);
  CHECK(at(world.truth()[1].start) == 1419264900);  // 2014-12-22 16:15:00 UTC
  CHECK(at(world.truth()[1].end) == 1419299160);    // 2014-12-23 01:46:00 UTC
  CHECK(at(world.truth()[3].start) == 1419349260);  // 2014-12-23 15:41:00 UTC
}

TEST_CASE("what the scenario says of blipd stays, and what it leaves out comes from the world") {
  const std::string own =
      "blipd:\n  modules:\n    fast: {prober: icmp, interval: 1s, timeout: 1s}\n    syn: {prober: tcp_syn, port: 443}\n"
      "  limits: {packets_per_second: 500}\n";
  const Result<Config> config = probing_config(scenario_of(own + network_text(kSixteenHosts)));
  REQUIRE(config.has_value());
  CHECK(config->limits.packets_per_second == 500);
  CHECK(config->networks[0].modules == std::vector<std::string>{"fast", "syn"});
  CHECK(config->networks[0].mine);
  const Result<Config> wrong =
      probing_config(scenario_of("blipd:\n  limits: {packets_per_secnd: 500}\n" + network_text(kSixteenHosts)));
  REQUIRE(wrong.has_error());
  CHECK(starts_with(wrong.error().message, "test.yaml:2:12: unknown key \"packets_per_secnd\" in limits"));
  const Result<std::string> unwritten =
      probing_yaml(scenario_of("blipd:\n  limits: {packets_per_secnd: 500}\n" + network_text(kSixteenHosts)));
  REQUIRE(unwritten.has_error());
  CHECK(unwritten.error().message == wrong.error().message);
  const Result<std::string> yaml = probing_yaml(scenario_of(own + network_text("    hosts: [{count: 2}]\n")));
  REQUIRE(yaml.has_value());
  CHECK(*yaml ==
        "modules:\n  fast: {prober: icmp, interval: 1s, timeout: 1s}\n  syn: {prober: tcp_syn, port: 443}\n"
        "limits:\n  packets_per_second: 500\nvantage:\n  name: here\n"
        "networks:\n  - {name: net, hosts: [10.0.0.1, 10.0.1.1], modules: [fast, syn], mine: true}\n");
}
