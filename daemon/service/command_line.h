// The command line. CLI11 is included only in the source file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "daemon/service/log_line.h"
#include "probes/clock.h"

namespace blipd {

enum class Verb { run, check, simulate, status, events };

/// Where the web server listens if nothing else says so, and where it is asked there.
inline constexpr const char* kDefaultListenAddress = ":12214";
inline constexpr const char* kDefaultUrl = "http://localhost:12214";

struct CommandOptions {
  Verb verb = Verb::run;
  std::string config_file = "/etc/blipd/blipd.yaml";
  std::vector<std::string> listen_addresses;    ///< as given; empty if none was
  std::string storage_path = "/var/lib/blipd";  ///< a directory; "none": nothing is kept
  LogLevel log_level = LogLevel::info;
  LogFormat log_format = LogFormat::logfmt;
  std::string scenario_file;                ///< of simulate, as are those below
  std::optional<std::uint64_t> seed;        ///< in place of the scenario's
  std::string vantage;                      ///< in place of the scenario's; empty: as it says
  bool print_config = false;                ///< how the scenario is probed, and play nothing
  std::string truth_file;                   ///< empty: the truth is not written
  bool json = false;                        ///< of simulate, status and events
  std::string url = kDefaultUrl;            ///< of status and events
  bool from_storage = false;                ///< of events: from the file below storage_path, not from a daemon
  std::string network;                      ///< of events; empty: all
  Duration since = std::chrono::hours(24);  ///< of events: how far back
};

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
