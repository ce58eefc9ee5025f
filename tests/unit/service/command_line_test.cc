#include "daemon/service/command_line.h"

#include <string>
#include <variant>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

using Words = std::vector<std::string>;

CommandOptions accepted(const Words& words) {
  const auto parsed = parse_command_line(words);
  if (const auto* exit = std::get_if<CommandExit>(&parsed)) FAIL("refused: " << exit->error);
  return std::get<CommandOptions>(parsed);
}

CommandExit ended(const Words& words) {
  const auto parsed = parse_command_line(words);
  if (!std::holds_alternative<CommandExit>(parsed)) FAIL("accepted");
  return std::get<CommandExit>(parsed);
}

TEST_CASE("without arguments blipd runs with its defaults") {
  const CommandOptions options = accepted({});
  CHECK(options.verb == Verb::run);
  CHECK(options.config_file == "/etc/blipd/blipd.yaml");
  CHECK(options.listen_addresses.empty());
  CHECK(options.log_level == LogLevel::info);
  CHECK(options.storage_path == "/var/lib/blipd");
  CHECK(options.log_format == LogFormat::logfmt);
}

TEST_CASE("flags stand before or after the verb, with = or a space") {
  for (const Words& words : {Words{"--config.file=a.yaml"}, Words{"--config.file", "a.yaml"},
                             Words{"run", "--config.file=a.yaml"}, Words{"--config.file=a.yaml", "run"}}) {
    const CommandOptions options = accepted(words);
    CHECK(options.verb == Verb::run);
    CHECK(options.config_file == "a.yaml");
  }
  CHECK(accepted({"--config.file=a=b="}).config_file == "a=b=");
  for (const Words& words : {Words{"check", "--config.file=a.yaml"}, Words{"--config.file=a.yaml", "check"}}) {
    const CommandOptions options = accepted(words);
    CHECK(options.verb == Verb::check);
    CHECK(options.config_file == "a.yaml");
  }
}

TEST_CASE("listen addresses add up in their order") {
  CHECK(accepted({"--web.listen-address=:1"}).listen_addresses == Words{":1"});
  CHECK(accepted({"--web.listen-address=127.0.0.1:1", "run", "--web.listen-address", "[::1]:2"}).listen_addresses ==
        Words{"127.0.0.1:1", "[::1]:2"});
}

TEST_CASE("a listen address does not swallow the verb") {
  const CommandOptions options = accepted({"--web.listen-address", ":1", "run"});
  CHECK(options.listen_addresses == Words{":1"});
}

TEST_CASE("log levels and formats have names") {
  struct Row {
    std::string word;
    LogLevel level;
  };
  for (const Row& row : std::vector<Row>{{"debug", LogLevel::debug},
                                         {"info", LogLevel::info},
                                         {"warn", LogLevel::warn},
                                         {"error", LogLevel::error}}) {
    CHECK(accepted({"--log.level=" + row.word}).log_level == row.level);
  }
  CHECK(accepted({"--log.format=logfmt"}).log_format == LogFormat::logfmt);
  CHECK(accepted({"--log.format=json"}).log_format == LogFormat::json);
  CHECK(accepted({"--log.format=journald"}).log_format == LogFormat::journald);
}

TEST_CASE("simulate takes a scenario and its own flags, and no others") {
  const CommandOptions options = accepted({"simulate", "s.yaml", "--seed=7", "--vantage=B", "--json"});
  CHECK(options.verb == Verb::simulate);
  CHECK(options.scenario_file == "s.yaml");
  CHECK(options.seed == 7U);
  CHECK(options.vantage == "B");
  CHECK(options.json);
  const CommandOptions plain = accepted({"simulate", "s.yaml"});
  CHECK_FALSE(plain.seed);
  CHECK(plain.vantage.empty());
  CHECK_FALSE(plain.json);
  CHECK_FALSE(plain.print_config);
  CHECK(plain.truth_file.empty());
  CHECK(accepted({"simulate", "s.yaml", "--truth=t.json"}).truth_file == "t.json");
  CHECK(accepted({"simulate", "s.yaml", "--print-config", "--vantage=B"}).print_config);
  CHECK(ended({"simulate"}).code == kExitUsage);
  for (const Words& words :
       {Words{"simulate", "s.yaml", "--config.file=a"}, Words{"simulate", "s.yaml", "--log.level=warn"},
        Words{"--seed=7"}, Words{"check", "--json"}, Words{"simulate", "s.yaml", "--seed=x"},
        Words{"simulate", "s.yaml", "--seed=-1"}, Words{"simulate", "s.yaml", "--seed=18446744073709551616"},
        Words{"--print-config"}, Words{"--truth=t"}, Words{"simulate", "s.yaml", "--print-config", "--truth=t"},
        Words{"simulate", "s.yaml", "--print-config", "--json"},
        Words{"simulate", "s.yaml", "--print-config", "--seed=7"}}) {
    const CommandExit exit = ended(words);
    CHECK(exit.code == kExitUsage);
    CHECK(exit.error.find('\n') == std::string::npos);
  }
  CHECK(ended({"run", "--seed=7"}).error.find("--seed has no effect on run") != std::string::npos);
}

TEST_CASE("status and events ask a daemon, each with its own flags") {
  const CommandOptions status = accepted({"status", "--url=http://[::1]:9000/blipd", "--json"});
  CHECK(status.verb == Verb::status);
  CHECK(status.url == "http://[::1]:9000/blipd");
  CHECK(status.json);
  const CommandOptions events = accepted({"events", "--network=a", "--since=1h30m"});
  CHECK(events.verb == Verb::events);
  CHECK(events.url == "http://localhost:12214");
  CHECK(events.network == "a");
  CHECK(events.since == std::chrono::minutes(90));
  CHECK(accepted({"events"}).since == std::chrono::hours(24));
  CHECK_FALSE(accepted({"events"}).from_storage);
  CHECK(accepted({"events", "--storage.path=a"}).from_storage);
  CHECK(accepted({"events", "--storage.path=a"}).storage_path == "a");
  for (const Words& words :
       {Words{"status", "--network=a"}, Words{"status", "--config.file=a"}, Words{"events", "--since=yesterday"},
        Words{"events", "--since=-1h"}, Words{"events", "--log.level=info"}, Words{"--url=http://a"},
        Words{"events", "--storage.path=a", "--url=http://a"}, Words{"check", "--storage.path=a"},
        Words{"status", "--storage.path=a"}, Words{"--json"}, Words{"check", "--since=1h"}, Words{"events", "status"},
        Words{"events", "a"}}) {
    const CommandExit exit = ended(words);
    INFO(exit.error);
    CHECK(exit.code == kExitUsage);
    CHECK(exit.error.find('\n') == std::string::npos);
  }
}

TEST_CASE("help and version print to stdout and are fine") {
  for (const Words& words : {Words{"--help"}, Words{"-h"}, Words{"run", "--help"}, Words{"check", "--help"}}) {
    const CommandExit exit = ended(words);
    CHECK(exit.code == 0);
    CHECK(exit.error.empty());
    for (const char* word : {"--config.file", "--web.listen-address", "--log.level", "--log.format", "--version", "run",
                             "check", "/etc/blipd/blipd.yaml", ":12214"}) {
      INFO(word);
      CHECK(exit.output.find(word) != std::string::npos);
    }
  }
  const CommandExit version = ended({"--version"});
  CHECK(version.code == 0);
  CHECK(version.output.rfind("blipd ", 0) == 0);
  CHECK(version.output.back() == '\n');
}

TEST_CASE("bad usage is one line that names the culprit, and exit code 2") {
  struct Row {
    Words words;
    std::string culprit;
  };
  for (const Row& row : std::vector<Row>{
           {{"--confg.file=a"}, "--confg.file=a"},
           {{"probe"}, "probe"},
           {{"run", "check"}, "check"},
           {{"run", "now"}, "now"},
           {{"--config.file"}, "--config.file"},
           {{"--config.file="}, "--config.file"},
           {{"--config.file=", "run"}, "--config.file"},
           {{"--web.listen-address=", "run"}, "--web.listen-address"},
           {{"--config.file=a", "--config.file=b"}, "--config.file"},
           {{"--log.level=loud"}, "loud"},
           {{"--log.level=INFO"}, "INFO"},
           {{"--log.format=xml"}, "xml"},
           {{"--web.listen-address"}, "--web.listen-address"},
           {{"--web.listen-address", "run"}, "run"},
           {{"--web.listen-address=12214"}, "12214"},
           {{"--web.listen-address=127.0.0.1:"}, "127.0.0.1:"},
           {{"--web.listen-address=:65536"}, ":65536"},
           {{"--web.listen-address=:http"}, ":http"},
           {{"--web.listen-address=:-1"}, ":-1"},
           {{"check", "--log.level=debug"}, "--log.level"},
           {{"--web.listen-address=:1", "check"}, "--web.listen-address"},
       }) {
    const CommandExit exit = ended(row.words);
    INFO(exit.error);
    CHECK(exit.code == 2);
    CHECK(exit.output.empty());
    CHECK(exit.error.rfind("blipd: ", 0) == 0);
    CHECK(exit.error.find(row.culprit) != std::string::npos);
    CHECK(exit.error.find('\n') == std::string::npos);
  }
}

}  // namespace
}  // namespace blipd
