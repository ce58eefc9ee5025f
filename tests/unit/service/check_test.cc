#include "daemon/service/check.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/service/open_files.h"
#include "tests/support/catch.h"

using namespace blipd;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

Config base() {
  Config config;
  config.vantage.contact = "a@example.net";
  config.vantage.references.hosts = {Address::v4(1), Address::v4(2), Address::v4(3)};
  config.vantage.references.quorum = 2;
  config.windows = {{"1m", minutes(1)}, {"5m", minutes(5)}};
  ModuleConfig ping;
  ping.name = "ping";
  ping.interval = seconds(1);
  config.modules.push_back(ping);
  return config;
}

void add_network(Config& config, const std::string& name, std::size_t hosts, bool mine) {
  NetworkConfig network;
  network.name = name;
  network.modules = {"ping"};
  network.mine = mine;
  const auto block = static_cast<std::uint32_t>(config.networks.size()) << 16U;
  for (std::uint32_t i = 0; i < hosts; ++i) network.hosts.push_back(Address::v4(0x0a000000U + block + i));
  config.networks.push_back(std::move(network));
}

std::string check(const Config& config) { return render_check(config, make_plan(config), 65536); }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Warnings are wrapped; this is the text with single spaces only.
std::string unwrapped(const std::string& text) {
  std::istringstream words(text);
  std::string out;
  for (std::string word; words >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

}  // namespace

TEST_CASE("a configuration without trouble is a table and totals, no warnings") {
  Config config = base();
  add_network(config, "office", 10, true);
  CHECK(check(config) ==
        "NETWORK  MODULE  HOSTS  INTERVAL  ROUND  PROBES/S  PREFIX/S  STRETCHED\n"
        "office   ping       10        1s     1s        10        10  -\n"
        "PREFIX/S: to the /24 or /48 of the network that gets most, over all its modules\n"
        "\n"
        "1 network, 10 hosts, 10 targets: 10 probes/s of at most 10000\n"
        "3 references, quorum 2, every 1s: 3 probes/s beside the limits\n");
}

TEST_CASE("stretched rounds show in the table and in a warning that names the limit") {
  Config config = base();
  add_network(config, "far", 256, false);
  const std::string text = check(config);
  CHECK(has(text, "far      ping      256        1s  13m41s     0.312     0.312  prefix\n"));
  CHECK(has(unwrapped(text),
            "warning: rounds are stretched to fit 80 % of limits.per_prefix_per_second: far/ping (1s to 13m41s)"));
  config.limits.per_network_per_hour = 36;
  CHECK(has(check(config), "  network\n"));
  CHECK(has(unwrapped(check(config)), "80 % of limits.per_network_per_hour: far/ping"));
  config.networks[0].mine = true;
  config.limits.packets_per_second = 100;
  CHECK(has(check(config), "3s200ms        80        80  daemon\n"));
  CHECK(has(unwrapped(check(config)), "80 % of limits.packets_per_second: far/ping (1s to 3s200ms)"));
}

TEST_CASE("windows of fewer than 20 probes are told with how many they hold") {
  Config config = base();
  add_network(config, "one", 1, true);
  config.modules[0].interval = seconds(10);
  const std::string text = unwrapped(check(config));
  CHECK(has(text, "the window 1m holds fewer than 20 probes, so its ratios are wide guesses: one/ping (6)"));
  CHECK(!has(text, "the window 5m"));
  config.modules[0].interval = seconds(3);
  CHECK(!has(check(config), "warning"));
}

TEST_CASE("missing references and a missing contact are told") {
  Config config = base();
  add_network(config, "office", 10, true);
  config.vantage.references.hosts.resize(1);
  CHECK(has(check(config), "only 1 reference:"));
  config.vantage.references.hosts.clear();
  CHECK(has(unwrapped(check(config)), "warning: no references: when this vantage's own uplink is ill"));
  CHECK(!has(check(config), "quorum"));
  config.vantage.contact.clear();
  CHECK(has(check(config), "warning: no vantage.contact"));
}

TEST_CASE("names are told, and are no reason to warn of thin windows") {
  Config config = base();
  add_network(config, "shop", 0, true);
  config.networks[0].names = {"a.example", "b.example"};
  const std::string text = check(config);
  CHECK(has(text, "\n2 names, resolved while blipd runs: their probes come on top\n"));
  CHECK(!has(text, "warning"));
}

TEST_CASE("a module whose address family no host is of is told") {
  Config config = base();
  add_network(config, "office", 10, true);
  config.modules[0].family = AddressFamily::ipv6;
  CHECK(has(unwrapped(check(config)), "warning: no host is of the module's address family: office/ping"));
  CHECK(!has(check(config), "holds fewer than"));
}

TEST_CASE("modules that no network uses are told") {
  Config config = base();
  add_network(config, "office", 10, true);
  config.modules.push_back(config.modules[0]);
  config.modules.back().name = "spare";
  CHECK(has(check(config), "warning: no network uses: spare\n"));
}

TEST_CASE("threads that networks cannot be shared out evenly over are told") {
  Config config = base();
  add_network(config, "country", 700, true);
  add_network(config, "office", 100, true);
  add_network(config, "shop", 200, true);
  CHECK_FALSE(has(check(config), "engine_threads"));
  config.engine_threads = 2;
  CHECK_FALSE(has(check(config), "engine_threads"));
  config.engine_threads = 3;
  CHECK(has(unwrapped(check(config)),
            "warning: engine_threads is 3, and no network is split: one thread has 70 % of the probes, 70 % of all for "
            "country alone; divide the largest networks, or take fewer threads"));
  config.engine_threads = 5;
  CHECK(has(unwrapped(check(config)), "country alone; 2 threads have nothing to do; divide"));
}

TEST_CASE("a configuration that may need more open files than it is allowed is told") {
  static const ProberType kWeb{"http", {}, false, true, nullptr, nullptr, false, 16, 1024};
  Config config = base();
  add_network(config, "shops", 4000, true);
  add_network(config, "office", 4000, true);
  // Half a minute of timeouts at 200 probes a second, and no more than fit.
  config.modules.push_back({"web", &kWeb, {}, seconds(20), seconds(30), {}});
  for (NetworkConfig& network : config.networks) network.modules = {"web"};
  const Plan plan = make_plan(config);
  CHECK(open_files_needed(config, plan) == 320 + 8 + 16 + 1024);
  CHECK_FALSE(too_few_open_files(open_files_needed(config, plan), 1368));
  config.engine_threads = 2;
  CHECK(open_files_needed(config, plan) == 320 + 2 * (8 + 16 + 1024));
  CHECK(has(unwrapped(render_check(config, plan, 1024)),
            "warning: up to 2416 open files may be needed at once, and the limit here is 1024: "));
  CHECK_FALSE(has(render_check(config, plan, 2416), "open files"));
  // Fewer probes at a time need fewer.
  config.modules.back().timeout = seconds(1);
  config.engine_threads = 1;
  CHECK(open_files_needed(config, make_plan(config)) == 320 + 8 + 16 + 400);
}

TEST_CASE("lines stay within 100 columns, and many warnings of one kind are counted") {
  Config config = base();
  config.modules[0].interval = minutes(10);
  config.limits.per_prefix_per_second = 0.001;
  std::string name;
  for (int i = 0; i < 64; ++i) name += "\xC3\xA4\xE2\x82\xAC";
  for (int i = 0; i < 30; ++i) add_network(config, std::to_string(i) + name, 1000, false);
  const std::string text = check(config);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto characters = std::count_if(line.begin(), line.end(),
                                          [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    INFO(line);
    // A name alone may be longer than a line; nothing else is.
    CHECK((characters <= 100 || line.find(' ', 9) == std::string::npos));
  }
  CHECK(has(unwrapped(text), "and 20 more"));
}

TEST_CASE("numbers are short and keep what matters") {
  Config config = base();
  add_network(config, "n", 1, true);
  const auto rate = [&config](Duration interval) {
    config.modules[0].interval = interval;
    std::istringstream words(check(config).substr(check(config).find('\n') + 1));
    std::string word;
    for (int i = 0; i < 6; ++i) words >> word;
    return word;
  };
  CHECK(rate(seconds(1)) == "1");
  CHECK(rate(seconds(3)) == "0.333");
  CHECK(rate(seconds(300)) == "0.00333");
  CHECK(rate(std::chrono::milliseconds(100)) == "10");
  CHECK(rate(std::chrono::hours(24)) == "0.000012");
}
