// The command line. CLI11 is included only in the source file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/service/log_line.h"

namespace blipd {

enum class Verb { run, check, simulate };

struct CommandOptions {
  Verb verb = Verb::run;
  std::string config_file = "/etc/blipd/blipd.yaml";
  std::vector<std::string> listen_addresses;  ///< as given; empty if none was
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
  std::string scenario_file;          ///< of simulate, as are those below
  std::optional<std::uint64_t> seed;  ///< in place of the scenario's
  std::string vantage;                ///< in place of the scenario's; empty: as it says
  bool json = false;
  bool print_config = false;
  std::string truth_file;  ///< empty: the truth is not written
};

/// Where the web server listens if nothing else says so.
inline constexpr const char* kDefaultListenAddress = ":12214";

/// Exit codes of every verb.
inline constexpr int kExitFine = 0;
inline constexpr int kExitFailed = 1;  ///< at run time
inline constexpr int kExitUsage = 2;   ///< bad usage or configuration

/// The command line asks for nothing to be run: help, the version, or it is wrong.
struct CommandExit {
  int code = kExitFine;
  std::string output;  ///< for stdout
  std::string error;   ///< for stderr: one line
};

/// `arguments` without the name of the program.
std::variant<CommandOptions, CommandExit> parse_command_line(const std::vector<std::string>& arguments);

}  // namespace blipd
