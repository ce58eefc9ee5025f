#include "tests/lab/command_line.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace blipd::lab {
namespace {

TEST_CASE("all options and the command are read") {
  const auto line = parse_command_line({"--scenario=s.yaml", "--seed=7", "--truth=t.json", "--listen=127.0.0.1:0",
                                        "--listen=:12214", "--", "blipd", "--config.file=x", "--"});
  REQUIRE(line.has_value());
  CHECK(line->scenario == "s.yaml");
  CHECK(line->seed == 7);
  CHECK(line->truth == "t.json");
  CHECK(line->listen == std::vector<std::string>{"127.0.0.1:0", ":12214"});
  CHECK(line->command == std::vector<std::string>{"blipd", "--config.file=x", "--"});
}

TEST_CASE("a scenario of blipd simulate, and the vantage that sees it") {
  const auto line = parse_command_line({"--world=w.yaml", "--vantage=fra1"});
  REQUIRE(line.has_value());
  CHECK(line->world == "w.yaml");
  CHECK(line->vantage == "fra1");
  CHECK(line->scenario.empty());
}

TEST_CASE("without a command there is none") {
  const auto line = parse_command_line({"--scenario=s.yaml"});
  REQUIRE(line.has_value());
  CHECK(line->command.empty());
  CHECK_FALSE(line->seed.has_value());
}

TEST_CASE("bad usage is told") {
  struct Row {
    std::vector<std::string> arguments;
    std::string message;
  };
  const auto row = GENERATE(Row{{}, "--scenario=FILE or --world=FILE is missing"},
                            Row{{"--", "x"}, "--scenario=FILE or --world=FILE is missing"},
                            Row{{"--scenario=s", "--world=w"}, "--scenario and --world are two kinds of file"},
                            Row{{"--scenario=s", "--vantage=v"}, "--vantage goes with --world"},
                            Row{{"--scenario=s", "--"}, "a command is missing behind --"},
                            Row{{"--scenario=s", "--seed=x"}, "--seed: a whole number is expected"},
                            Row{{"--scenario=s", "--seed="}, "--seed: a whole number is expected"},
                            Row{{"--scenario", "s"}, "unknown argument \"--scenario\""},
                            Row{{"--scenario=s", "blipd"}, "unknown argument \"blipd\""});
  const auto line = parse_command_line(row.arguments);
  REQUIRE_FALSE(line.has_value());
  CHECK(line.error().message == row.message);
}

}  // namespace
}  // namespace blipd::lab
