#include "daemon/config/module_hosts.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "daemon/config/load.h"
#include "tests/support/catch.h"

using namespace blipd;

namespace {

Address address(const std::string& text) { return *Address::parse(text); }

const ProberType kPing{"ping", {}, true, false, nullptr, nullptr};
const ProberType kWeb{"web", {}, false, true, nullptr, nullptr};

ModuleConfig module_of(const ProberType& type, AddressFamily family = AddressFamily::any) {
  ModuleConfig module;
  module.prober = &type;
  module.family = family;
  return module;
}

Config config_with(std::vector<std::string> names) {
  Config config;
  NetworkConfig network;
  network.name = "n";
  network.hosts = {address("192.0.2.1"), address("192.0.2.9")};
  network.names = std::move(names);
  network.excluded =
      std::make_shared<const std::vector<AddressRange>>(1, AddressRange{address("10.0.0.0"), address("10.0.0.255")});
  config.networks.push_back(network);
  return config;
}

std::vector<std::string> texts(const std::vector<Address>& addresses) {
  std::vector<std::string> out;
  for (const Address& a : addresses) out.push_back(a.to_string());
  return out;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("names add hosts where they stand for something, and nothing where they do not") {
  const Config loaded = config_with({"a.example", "b.example", "dead.example"});
  const Config config = with_addresses(loaded, {{"a.example", {address("192.0.2.5"), address("2001:db8::5")}},
                                                {"b.example", {address("192.0.2.1")}},
                                                {"stranger.example", {address("192.0.2.77")}}});
  const NetworkConfig& network = config.networks[0];
  CHECK(texts(network.hosts) == Texts{"192.0.2.1", "192.0.2.5", "192.0.2.9", "2001:db8::5"});
  CHECK(unresolved_names(network) == Texts{"dead.example"});
  // Resolving starts from what was loaded, so what a name stood for before is gone.
  CHECK(with_addresses(loaded, {}).networks[0].hosts.size() == 2);
}

TEST_CASE("a name cannot bring in what is excluded, or what is no host's address") {
  const Config config = with_addresses(
      config_with({"in.example", "multicast.example"}),
      {{"in.example", {address("10.0.0.7")}}, {"multicast.example", {address("224.0.0.1"), address("ff02::1")}}});
  CHECK(config.networks[0].hosts.size() == 2);
  CHECK(unresolved_names(config.networks[0]) == Texts{"in.example", "multicast.example"});
}

TEST_CASE("packet modules have one target for an address, web modules one for each name of it") {
  const Config config = with_addresses(
      config_with({"a.example", "b.example"}),
      {{"a.example", {address("192.0.2.1"), address("2001:db8::1")}}, {"b.example", {address("192.0.2.1")}}});
  const NetworkConfig& network = config.networks[0];
  CHECK(probes_all_hosts(module_of(kPing)));
  CHECK_FALSE(probes_all_hosts(module_of(kWeb)));
  const ModuleHosts web = module_hosts(network, module_of(kWeb));
  REQUIRE(web.addresses.size() == 4);
  REQUIRE(web.names.size() == 4);
  std::vector<std::string> asked;
  for (std::size_t i = 0; i < 4; ++i) asked.push_back(web.addresses[i].to_string() + " " + web.names[i]);
  std::sort(asked.begin(), asked.end());
  CHECK(asked == Texts{"192.0.2.1 a.example", "192.0.2.1 b.example", "192.0.2.9 192.0.2.9", "2001:db8::1 a.example"});
}

TEST_CASE("a module of one family probes that family") {
  const Config config = with_addresses(config_with({"a.example"}), {{"a.example", {address("2001:db8::1")}}});
  const NetworkConfig& network = config.networks[0];
  CHECK(texts(module_hosts(network, module_of(kPing, AddressFamily::ipv4)).addresses) ==
        Texts{"192.0.2.1", "192.0.2.9"});
  CHECK(texts(module_hosts(network, module_of(kPing, AddressFamily::ipv6)).addresses) == Texts{"2001:db8::1"});
  CHECK(module_hosts(network, module_of(kPing, AddressFamily::ipv4)).names.empty());
  CHECK(module_hosts(network, module_of(kWeb, AddressFamily::ipv6)).names == Texts{"a.example"});
}

TEST_CASE("names come from hosts and from hosts files, in one form") {
  ConfigSources sources;
  sources.read_file = [](const std::string&) {
    return Result<std::string>(boost::system::in_place_value, "C.example\n192.0.2.3\n");
  };
  const Result<Config> config = parse_config(
      "modules: {ping: {prober: icmp}}\n"
      "networks:\n"
      "  - {name: a, hosts: [WWW.Example.org., www.example.org], modules: [ping], mine: true}\n"
      "  - {name: b, hosts_file: x, exclude: [192.0.2.4], modules: [ping], mine: true}\n",
      "f", sources);
  REQUIRE(config.has_value());
  CHECK(config->networks[0].names == Texts{"www.example.org"});
  CHECK(config->networks[0].hosts.empty());
  CHECK(names_of(*config) == Texts{"c.example", "www.example.org"});
  REQUIRE(config->networks[1].excluded);
  CHECK(contains(*config->networks[1].excluded, address("192.0.2.4")));
}
