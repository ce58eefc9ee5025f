#include "daemon/service/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include "daemon/service/version.h"
#include "probes/option_reader.h"

namespace blipd {
namespace {

template <class T>
using Words = std::vector<std::pair<std::string, T>>;

const Words<LogLevel> kLogLevels = {
    {"debug", LogLevel::debug}, {"info", LogLevel::info}, {"warn", LogLevel::warn}, {"error", LogLevel::error}};
const Words<LogFormat> kLogFormats = {
    {"logfmt", LogFormat::logfmt}, {"json", LogFormat::json}, {"journald", LogFormat::journald}};

template <class T>
const T* find(const Words<T>& known, const std::string& text) {
  const auto found = std::find_if(known.begin(), known.end(), [&](const auto& entry) { return entry.first == text; });
  return found == known.end() ? nullptr : &found->second;
}

template <class T>
std::string joined(const Words<T>& known) {
  std::string words;
  for (const auto& [word, value] : known) words += (words.empty() ? "" : "|") + word;
  return words;
}

template <class T>
CLI::Validator one_of(const Words<T>& known) {
  return {[&known](std::string& text) {
            return find(known, text) != nullptr ? "" : "\"" + text + "\" is none of " + joined(known);
          },
          ""};
}

/// What can be seen without opening a socket; the web server judges the address itself.
std::string check_listen_address(const std::string& text) {
  const std::string port = text.substr(text.rfind(':') + 1);
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  const bool good = text.find(':') != std::string::npos && error == std::errc() && end == port.data() + port.size() &&
                    number <= 65535;
  return good ? "" : "\"" + text + "\" does not end in a colon and a port";
}

/// CLI11 would take -1 for the largest number, and a larger one too.
std::string check_seed(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool good = error == std::errc() && end == text.data() + text.size();
  return good ? "" : "\"" + text + "\" is no whole number from 0 to 2^64 - 1";
}

std::string check_duration(const std::string& text) {
  return parse_duration(text) ? "" : "\"" + text + "\" is no duration as 90s, 24h or 1h30m";
}

CommandExit usage_error(std::string_view what) {
  std::string line(what);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return {kExitUsage, "", "blipd: " + line + " (see blipd --help)"};
}

std::variant<CommandOptions, CommandExit> parse(const std::vector<std::string>& arguments) {
  CommandOptions options;
  std::string level = "info";
  std::string format = "logfmt";
  CLI::App app{"Active-probing daemon for spotty connectivity.", "blipd"};
  app.get_formatter()->column_width(52);
  app.get_formatter()->label("SUBCOMMAND", "VERB");
  app.set_version_flag("--version", version_line(), "Print the version and how it was built, and exit.");
  app.set_help_flag("-h,--help", "Print this help and exit.");
  const CLI::Option* config_file = app.add_option("--config.file", options.config_file, "The configuration.")
                                       ->capture_default_str()
                                       ->type_name("FILE");
  // Flags that have no effect on other verbs than theirs.
  std::vector<const CLI::Option*> of_run;
  of_run.push_back(app.add_option("--web.listen-address", options.listen_addresses,
                                  "Where to serve metrics, the page and the API; repeatable. A socket that is\n"
                                  "inherited (LISTEN_FDS) takes the place of the default.")
                       ->default_str(kDefaultListenAddress)
                       ->type_name("ADDRESS:PORT")
                       ->expected(1)
                       ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                       ->check(CLI::Validator(check_listen_address, "")));
  const CLI::Option* storage_path =
      app.add_option("--storage.path", options.storage_path,
                     "The directory that events are kept in, over restarts; \"none\": they are not.\n"
                     "Of events: read them there, of a daemon that is stopped.")
          ->capture_default_str()
          ->type_name("DIRECTORY");
  of_run.push_back(app.add_option("--log.level", level, "The least level that is logged.")
                       ->capture_default_str()
                       ->type_name(joined(kLogLevels))
                       ->check(one_of(kLogLevels)));
  of_run.push_back(app.add_option("--log.format", format, "How a line of the log is written, to stderr.")
                       ->capture_default_str()
                       ->type_name(joined(kLogFormats))
                       ->check(one_of(kLogFormats)));
  app.require_subcommand(0, 1);
  app.add_subcommand("run", "Probe until told to stop. The default.")->group("Verbs")->fallthrough()->set_help_flag();
  CLI::App* check = app.add_subcommand("check", "Print what would be probed, and exit: 0 fine, 2 bad.");
  check->group("Verbs")->fallthrough()->set_help_flag();
  CLI::App* simulate = app.add_subcommand("simulate", "Play a scenario in virtual time: its events and their score.");
  simulate->group("Verbs")->fallthrough()->set_help_flag();
  simulate->add_option("SCENARIO", options.scenario_file, "The scenario.")->required();
  CLI::App* status = app.add_subcommand("status", "Print what a running daemon sees of its networks.");
  CLI::App* events = app.add_subcommand("events", "Print the events of a daemon.");
  for (CLI::App* verb : {status, events}) verb->group("Verbs")->fallthrough()->set_help_flag();
  std::vector<const CLI::Option*> of_simulate;
  of_simulate.push_back(app.add_option("--seed", options.seed, "Of simulate: in place of the scenario's.")
                            ->type_name("N")
                            ->check(CLI::Validator(check_seed, "")));
  of_simulate.push_back(app.add_option("--truth", options.truth_file,
                                       "Of simulate: write what really happened, and what became of the\n"
                                       "packets and why, as JSON.")
                            ->type_name("FILE"));
  of_simulate.push_back(app.add_flag("--print-config", options.print_config,
                                     "Of simulate: print how the scenario is probed, as a configuration,\n"
                                     "and play nothing."));
  of_simulate.push_back(
      app.add_option("--vantage", options.vantage, "Of simulate: watch from this vantage.")->type_name("NAME"));
  const CLI::Option* json = app.add_flag("--json", options.json, "Of simulate, status and events: one JSON document.");
  const CLI::Option* url = app.add_option("--url", options.url, "Of status and events: where the daemon is.")
                               ->capture_default_str()
                               ->type_name("URL");
  std::string since = "24h";
  std::vector<const CLI::Option*> of_events;
  of_events.push_back(
      app.add_option("--network", options.network, "Of events: of that network alone.")->type_name("NAME"));
  of_events.push_back(app.add_option("--since", since, "Of events: how far back.")
                          ->capture_default_str()
                          ->type_name("DURATION")
                          ->check(CLI::Validator(check_duration, "")));

  // CLI11 takes its arguments from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    // App::help would describe the verb alone, and the flags belong to the program.
    return CommandExit{kExitFine, app.get_formatter()->make_help(&app, "blipd", CLI::AppFormatMode::Normal), ""};
  } catch (const CLI::CallForVersion&) {
    return CommandExit{kExitFine, version_line() + "\n", ""};
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  options.log_level = *find(kLogLevels, level);
  options.log_format = *find(kLogFormats, format);
  options.since = *parse_duration(since);
  std::vector<const CLI::Option*> no_effect;
  const auto forbid = [&](const std::vector<const CLI::Option*>& flags) {
    no_effect.insert(no_effect.end(), flags.begin(), flags.end());
  };
  const std::vector<CLI::App*> given = app.get_subcommands();
  const std::string verb = given.empty() ? "run" : given.front()->get_name();
  const bool asks = verb == "status" || verb == "events";
  if (verb == "check") options.verb = Verb::check;
  if (verb == "simulate") options.verb = Verb::simulate;
  if (verb == "status") options.verb = Verb::status;
  if (verb == "events") options.verb = Verb::events;
  options.from_storage = verb == "events" && storage_path->count() > 0;
  if (verb != "run") forbid(of_run);
  if (verb != "run" && verb != "events") forbid({storage_path});
  if (verb == "simulate" || asks) forbid({config_file});
  if (verb != "simulate") forbid(of_simulate);
  if (verb != "simulate" && !asks) forbid({json});
  if (!asks) forbid({url});
  if (verb != "events") forbid(of_events);
  if (options.from_storage && url->count() > 0) return usage_error("--url and --storage.path exclude each other");
  for (const CLI::Option* option : no_effect) {
    if (option->count() > 0) return usage_error(option->get_name() + " has no effect on " + verb);
  }
  if (options.print_config && (options.json || options.seed || !options.truth_file.empty())) {
    const std::string flag = options.json ? "--json" : options.seed ? "--seed" : "--truth";
    return usage_error(flag + " has no effect on simulate --print-config");
  }
  return options;
}

}  // namespace

std::variant<CommandOptions, CommandExit> parse_command_line(const std::vector<std::string>& arguments) {
  // CLI11 would take the next argument, which may be the verb, for the value that is missing here.
  for (const std::string& argument : arguments) {
    if (argument.starts_with("--") && argument.find('=') == argument.size() - 1)
      return usage_error(argument + " lacks a value");
  }
  try {
    return parse(arguments);
  } catch (const CLI::Error& error) {
    return usage_error(error.what());
  }
}

}  // namespace blipd
