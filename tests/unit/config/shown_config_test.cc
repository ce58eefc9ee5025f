// What /config shows.
#include "daemon/config/shown_config.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "daemon/config/load.h"
#include "tests/support/catch.h"

using namespace blipd;

namespace {

Result<Config> parse(const std::string& text) {
  ConfigSources sources;
  sources.environment = [](const std::string&) { return std::optional<std::string>("from-the-environment"); };
  sources.read_file = [](const std::string&) {
    return Result<std::string>(boost::system::in_place_value, "from-a-file");
  };
  return parse_config(text, "blipd.yaml", sources);
}

}  // namespace

TEST_CASE("keys and values stay, secrets do not") {
  const Result<Config> config = parse(R"(# a comment
vantage: {name: "fra 1", contact: "https://${USER}:x@noc.example.net/a@b"}
windows: [1m, 5m]
modules:
  web:
    prober: http
    headers: {X-Key: very-secret, X-A: "${TOKEN}"}
    method: POST
    body: very-secret
    basic_auth: {username: probe, password: very-secret}
    proxy_url: "http://me:very-secret@192.0.2.80:3128"
  more: {prober: http, bearer_token: very-secret}
  file: {prober: http, bearer_token_file: token.txt}
networks:
  - {name: a, hosts: ["2001:db8::7", ::1, 192.0.2.1], modules: [web, more, file], mine: true, labels: {}}
)");
  INFO((config.has_error() ? config.error().message : ""));
  REQUIRE(config.has_value());
  CHECK(config->shown == R"(vantage:
  name: "fra 1"
  contact: "https://<secret>@noc.example.net/a@b"
windows:
  - 1m
  - 5m
modules:
  web:
    prober: http
    headers:
      X-Key: "<secret>"
      X-A: "<secret>"
    method: POST
    body: "<secret>"
    basic_auth:
      username: probe
      password: "<secret>"
    proxy_url: "http://<secret>@192.0.2.80:3128"
  more:
    prober: http
    bearer_token: "<secret>"
  file:
    prober: http
    bearer_token_file: token.txt
networks:
  -
    name: a
    hosts:
      - "2001:db8::7"
      - "::1"
      - 192.0.2.1
    modules:
      - web
      - more
      - file
    mine: true
    labels: {}
)");
}

TEST_CASE("what comes from the environment is not shown") {
  const Result<Config> config = parse(
      "vantage: {name: a, contact: \"${CONTACT}\"}\nmodules: {p: {prober: icmp}}\n"
      "networks: [{name: n, hosts: [192.0.2.1], modules: [p], labels: {x: \"${X}\"}}]\n");
  REQUIRE(config.has_value());
  CHECK(config->vantage.contact == "from-the-environment");
  CHECK(config->shown.find("from-the-environment") == std::string::npos);
  CHECK(config->shown.find("x: \"${X}\"") != std::string::npos);
}

TEST_CASE("what is shown can be read, and shows as itself") {
  const std::filesystem::path good = std::filesystem::path(BLIPD_TEST_DATA) / "good";
  std::size_t checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(good)) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path().filename().string());
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    ConfigSources sources;
    sources.environment = [](const std::string& name) {
      return std::optional<std::string>(name == "BLIPD_TEST_INTERVAL" ? "30s" : "noc.example.net");
    };
    sources.read_file = [&](const std::string& path) {
      std::ostringstream file;
      file << std::ifstream(path).rdbuf();
      return Result<std::string>(boost::system::in_place_value, file.str());
    };
    const Result<Config> first = parse_config(text.str(), entry.path().string(), sources);
    REQUIRE(first.has_value());
    const Result<Config> second = parse_config(first->shown, entry.path().string(), sources);
    INFO((second.has_error() ? second.error().message : ""));
    REQUIRE(second.has_value());
    CHECK(second->shown == first->shown);
    CHECK(second->networks.size() == first->networks.size());
    ++checked;
  }
  CHECK(checked >= 6);
}
