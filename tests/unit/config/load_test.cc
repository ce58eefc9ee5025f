#include "daemon/config/load.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/config/yaml_tree.h"
#include "probes/option_reader.h"
#include "tests/support/catch.h"

using namespace blipd;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

struct EchoOptions : ModuleOptions {
  std::int64_t size = 0;
};

/// A prober with one option, so that these tests know all keys of a module.
const ProberType kEcho{"echo",
                       {},
                       true,
                       false,
                       [](OptionReader& reader) -> std::shared_ptr<const ModuleOptions> {
                         auto options = std::make_shared<EchoOptions>();
                         options->size = reader.integer("size", 5, 1, 9);
                         return options;
                       },
                       nullptr};
const ProberType* const kProbers[] = {&kEcho};

ConfigSources sources() {
  ConfigSources s;
  s.probers = kProbers;
  s.host_name = "here";
  return s;
}

const std::string kModules = "modules: {a: {prober: echo}}\n";
const std::string kNetworks = "networks: [{name: n, hosts: [192.0.2.1], modules: [a], mine: true}]\n";

std::string error_of(const std::string& text, const ConfigSources& from = sources()) {
  const Result<Config> config = parse_config(text, "f", from);
  return config.has_error() ? config.error().message : "";
}

Config config_of(const std::string& text, const ConfigSources& from = sources()) {
  Result<Config> config = parse_config(text, "f", from);
  INFO((config.has_error() ? config.error().message : ""));
  REQUIRE(config.has_value());
  return config.value();
}

std::vector<std::string> hosts_of(const NetworkConfig& network) {
  std::vector<std::string> texts;
  for (const Address& host : network.hosts) texts.push_back(host.to_string());
  return texts;
}

}  // namespace

TEST_CASE("what a file does not say has the documented default") {
  const Config config = config_of(kModules + kNetworks);
  CHECK(config.vantage.name == "here");
  CHECK(config.vantage.contact.empty());
  CHECK(config.vantage.references.hosts.empty());
  CHECK(config.vantage.references.quorum == 0);
  CHECK(!config.vantage.source4);
  CHECK(config.limits.packets_per_second == Approx(10000));
  CHECK(config.limits.per_prefix_per_second == Approx(0.39));
  CHECK(config.limits.per_network_per_hour == Approx(0));
  CHECK(config.storage.retention == std::chrono::hours(24 * 90));
  CHECK(config.storage.max_size == 1ULL << 30);
  CHECK(config.engine_threads == 1);
  CHECK(config.detection.spotty == Approx(0.05));
  CHECK(config.detection.down == Approx(0.95));
  CHECK(config.detection.blip == minutes(2));
  CHECK(config.detection.false_outages_per_network_month == Approx(0.01));
  REQUIRE(config.windows.size() == 3);
  CHECK(config.windows[2].label == "1h");
  REQUIRE(config.modules.size() == 1);
  CHECK(config.modules[0].prober == &kEcho);
  CHECK(config.modules[0].interval == seconds(10));
  CHECK(config.modules[0].timeout == seconds(3));
  CHECK(dynamic_cast<const EchoOptions&>(*config.modules[0].options).size == 5);
  CHECK(config.find_module("a") == config.modules.data());
  CHECK(config.find_module("b") == nullptr);
}

TEST_CASE("every key reaches the configuration") {
  const Config config = config_of(R"(
vantage:
  name: fra1
  contact: noc@example.net
  references: {interval: 500ms, timeout: 900ms, hosts: [192.0.2.7, 192.0.2.8, "2001:db8::7", 192.0.2.9]}
  source: 198.51.100.9
  source6: 2001:db8::9
  interface: eth0
storage: {retention: 1d12h, max_size: 3GiB}
engine_threads: 64
limits: {packets_per_second: 50.5, per_prefix_per_second: 0.1, per_network_per_hour: 30}
windows: [1h, 1m]
detection: {spotty: 0.2, down: 0.8, blip: 30s, false_outages_per_network_month: 0.5}
modules:
  a: {prober: echo, size: 9, interval: 1m, timeout: 250ms}
networks:
  - {name: n, hosts: [192.0.2.1], modules: [a], mine: true, labels: {asn: 7, country: NO}}
)");
  CHECK(config.vantage.name == "fra1");
  CHECK(config.vantage.contact == "noc@example.net");
  CHECK(config.vantage.references.quorum == 3);  // a majority of four
  CHECK(config.vantage.references.hosts.size() == 4);
  CHECK(config.vantage.references.interval == milliseconds(500));
  CHECK(config.vantage.references.timeout == milliseconds(900));
  CHECK(config.vantage.source4 == Address::parse("198.51.100.9"));
  CHECK(config.vantage.source6 == Address::parse("2001:db8::9"));
  CHECK(config.vantage.interface == "eth0");
  CHECK(config.limits.packets_per_second == Approx(50.5));
  CHECK(config.limits.per_prefix_per_second == Approx(0.1));
  CHECK(config.limits.per_network_per_hour == Approx(30));
  CHECK(config.storage.retention == std::chrono::hours(36));
  CHECK(config.storage.max_size == 3ULL << 30);
  CHECK(config.engine_threads == 64);
  REQUIRE(config.windows.size() == 2);
  CHECK(config.windows[0].label == "1m");
  CHECK(config.windows[1].length == minutes(60));
  CHECK(config.detection.spotty == Approx(0.2));
  CHECK(config.detection.down == Approx(0.8));
  CHECK(config.detection.blip == seconds(30));
  CHECK(config.detection.false_outages_per_network_month == Approx(0.5));
  CHECK(config.modules[0].interval == minutes(1));
  CHECK(config.modules[0].timeout == milliseconds(250));
  CHECK(dynamic_cast<const EchoOptions&>(*config.modules[0].options).size == 9);
  CHECK(config.networks[0].mine);
  CHECK(config.networks[0].labels == std::map<std::string, std::string>{{"asn", "7"}, {"country", "NO"}});
}

TEST_CASE("hosts are the sorted union of lists, prefixes and file, less every exclude") {
  ConfigSources from = sources();
  from.read_file = [](const std::string& path) -> Result<std::string> {
    if (path == "hosts.txt")
      return Result<std::string>(boost::system::in_place_value, "192.0.2.9\r\n192.0.2.1 # twice\n");
    if (path == "/etc/never.txt") return Result<std::string>(boost::system::in_place_value, "198.51.100.3\n");
    return Error{"no " + path};
  };
  const Config config = config_of(kModules + R"(
exclude: [198.51.100.2]
exclude_files: [/etc/never.txt]
networks:
  - name: n
    prefixes: [198.51.100.0/29]
    hosts: [192.0.2.1, "2001:db8::1"]
    hosts_file: hosts.txt
    exclude: [198.51.100.4/30]
    discover: false
    modules: [a]
    mine: true
)",
                                  from);
  CHECK(hosts_of(config.networks[0]) ==
        std::vector<std::string>{"192.0.2.1", "192.0.2.9", "198.51.100.0", "198.51.100.1", "2001:db8::1"});
}

TEST_CASE("relative paths start at the directory of the file") {
  ConfigSources from = sources();
  std::string asked;
  from.read_file = [&asked](const std::string& path) -> Result<std::string> {
    asked = path;
    return Result<std::string>(boost::system::in_place_value, "192.0.2.1\n");
  };
  const std::string text = kModules + "networks: [{name: n, hosts_file: sub/h.txt, modules: [a], mine: true}]\n";
  REQUIRE(parse_config(text, "/etc/blipd/blipd.yaml", from).has_value());
  CHECK(asked == "/etc/blipd/sub/h.txt");
}

TEST_CASE("without a reader of files, files are refused and not read") {
  CHECK(error_of(kModules + "networks: [{name: n, hosts_file: /etc/passwd, modules: [a], mine: true}]\n") ==
        "f:2:22: networks[0].hosts_file: \"/etc/passwd\" cannot be read here");
}

TEST_CASE("a file that does not exist is one line with a place") {
  const Result<Config> config = load_config("no/such/file.yaml");
  REQUIRE(config.has_error());
  CHECK(config.error().message ==
        "no/such/file.yaml:1:1: cannot open \"no/such/file.yaml\": No such file or directory");
}

TEST_CASE("the whole address limit is of all networks together, before excludes") {
  ConfigSources from = sources();
  from.most_addresses = 8;
  const auto two = [](const std::string& first, const std::string& second) {
    return kModules + "networks:\n  - {name: x, prefixes: [" + first +
           "], discover: false, modules: [a], mine: true}\n" + "  - {name: y, prefixes: [" + second +
           "], discover: false, modules: [a], mine: true}\n";
  };
  CHECK(error_of(two("192.0.2.0/30", "192.0.2.0/30"), from).empty());
  CHECK(error_of(two("192.0.2.0/29", "192.0.2.0/32"), from) ==
        "f:4:6: networks[1]: the networks hold more than 8 addresses together");
  CHECK(error_of(two("192.0.2.0/28", "192.0.2.0/32"), from) ==
        "f:3:26: networks[0].prefixes: 192.0.2.0/28 holds more than 8 addresses");
  CHECK(error_of(two("::/0", "2001:db8::/64"), from).find("f:3:26: networks[0].prefixes: ::/0 holds more") == 0);
}

TEST_CASE("modules have at most two hundred different timeouts") {
  std::string modules = "modules:\n";
  for (int i = 0; i < 400; ++i) {
    modules += "  m" + std::to_string(i) + ": {prober: echo, timeout: " + std::to_string(1000 + i / 2) + "ms}\n";
  }
  const std::string networks = "networks: [{name: n, hosts: [192.0.2.1], modules: [m0], mine: true}]\n";
  CHECK(error_of(modules + networks).empty());
  CHECK(error_of(modules + "  more: {prober: echo, timeout: 2s}\n" + networks) ==
        "f:1:1: modules: 201 different timeouts are above 200");
}

TEST_CASE("bytes that are not text are refused with their place") {
  CHECK(error_of("a: b\nc: \xff\n") == "f:2:4: the file is not UTF-8");
  CHECK(error_of(std::string("a: b\n\0", 6)) == "f:2:1: the file holds a control character");
  CHECK(error_of("a: \"\\0\"\n") == "f:1:4: text must not hold a NUL character");
  CHECK(error_of("\xEF\xBB\xBF" + kModules + kNetworks).empty());
}

TEST_CASE("bombs end early") {
  CHECK(error_of(std::string(20'000, '[')) == "f:1:1: values are nested more than 32 deep");
  CHECK(error_of("a:\n  " + std::string(200, '[') + std::string(200, ']')) ==
        "f:2:34: values are nested more than 32 deep");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int k = 0; k < 9; ++k) bomb += ", " + before;
    bomb += "]\n";
  }
  CHECK(error_of(bomb).find("holds more than 1000000 values") != std::string::npos);
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    deep += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  }
  CHECK(error_of(deep).find("nested more than 32 deep") != std::string::npos);
}

TEST_CASE("nesting up to the limit is read") {
  std::vector<Problem> problems;
  const std::string text = std::string(kDeepestNesting, '[') + std::string(kDeepestNesting, ']');
  CHECK(read_yaml(text, nullptr, problems).has_value());
  CHECK(problems.empty());
  CHECK(!read_yaml("[" + text + "]", nullptr, problems).has_value());
  CHECK(problems.size() == 1);
}

TEST_CASE("an alias stands for what its anchor names, with the anchor's place") {
  std::vector<Problem> problems;
  const auto root = read_yaml("a: &x [1, {b: 2}]\nc: *x\n", nullptr, problems);
  REQUIRE(root.has_value());
  REQUIRE(root->entries.size() == 2);
  REQUIRE(root->entries[1].value.items.size() == 2);
  CHECK(root->entries[1].value.items[1].entries.at(0).value.text == "2");
  CHECK(root->entries[1].value.place.line == 1);
  CHECK(problems.empty());
}

TEST_CASE("at most 20 problems are listed, in the order of the file") {
  std::string text = kModules + "networks:\n";
  for (int i = 0; i < 30; ++i)
    text += "  - {name: n" + std::to_string(i) + ", hosts: [192.0.2], modules: [b], mine: true}\n";
  const std::string error = error_of(text);
  CHECK(std::count(error.begin(), error.end(), '\n') == 20);
  CHECK(error.find("f:3:") == 0);
  CHECK(error.find("f: and 40 more problems") != std::string::npos);
}

TEST_CASE("networks that are mine need no contact, others do") {
  const std::string foreign = "networks: [{name: n, hosts: [192.0.2.1], modules: [a]}]\n";
  CHECK(error_of(kModules + foreign).find("f:1:1: vantage.contact is missing") == 0);
  CHECK(error_of("vantage: {contact: a@example.net}\n" + kModules + foreign).empty());
}

TEST_CASE("an unknown prober is told with the nearest of those given") {
  CHECK(error_of("modules: {a: {prober: ecko}}\n" + kNetworks) ==
        "f:1:15: modules.a.prober: unknown prober \"ecko\" (did you mean \"echo\"?)");
}
