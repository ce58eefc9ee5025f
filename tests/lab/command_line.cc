#include "tests/lab/command_line.h"

#include <charconv>

namespace blipd::lab {
namespace {

// The value of "--name=value", or null if `argument` is another option.
std::optional<std::string> value_of(const std::string& argument, const std::string& name) {
  const std::string start = "--" + name + "=";
  if (argument.rfind(start, 0) != 0) return std::nullopt;
  return argument.substr(start.size());
}

}  // namespace

std::string usage() {
  return "usage: blipd-lab --scenario=FILE|--world=FILE [--vantage=NAME] [--seed=N] [--truth=FILE]\n"
         "                 [--listen=ADDRESS:PORT]... [-- COMMAND ARGUMENT...]\n"
         "Plays the networks of FILE to COMMAND, in a network namespace made for it. --world takes a scenario of "
         "blipd\n"
         "simulate, as a vantage of it sees it.\n";
}

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine line;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {
      line.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
      if (line.command.empty()) return Error{"a command is missing behind --"};
      break;
    }
    if (argument == "--help" || argument == "-h") {
      line.help = true;
    } else if (const auto scenario = value_of(argument, "scenario")) {
      line.scenario = *scenario;
    } else if (const auto world = value_of(argument, "world")) {
      line.world = *world;
    } else if (const auto vantage = value_of(argument, "vantage")) {
      line.vantage = *vantage;
    } else if (const auto truth = value_of(argument, "truth")) {
      line.truth = *truth;
    } else if (const auto listen = value_of(argument, "listen")) {
      line.listen.push_back(*listen);
    } else if (const auto seed = value_of(argument, "seed")) {
      std::uint64_t number = 0;
      const char* end = seed->data() + seed->size();
      const auto [stop, error] = std::from_chars(seed->data(), end, number);
      if (error != std::errc() || stop != end) return Error{"--seed: a whole number is expected"};
      line.seed = number;
    } else {
      return Error{"unknown argument \"" + argument + "\""};
    }
  }
  if (line.help) return line;
  if (line.scenario.empty() && line.world.empty()) return Error{"--scenario=FILE or --world=FILE is missing"};
  if (!line.scenario.empty() && !line.world.empty()) return Error{"--scenario and --world are two kinds of file"};
  if (!line.vantage.empty() && line.world.empty()) return Error{"--vantage goes with --world"};
  return line;
}

}  // namespace blipd::lab
