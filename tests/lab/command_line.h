// blipd-lab's command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/result.h"

namespace blipd::lab {

struct CommandLine {
  bool help = false;
  std::string scenario;               ///< of the lab's own format; empty if `world` is given
  std::string world;                  ///< a scenario of blipd simulate
  std::string vantage;                ///< with `world`: in place of the scenario's; empty: as it says
  std::optional<std::uint64_t> seed;  ///< in place of the scenario's
  std::string truth;                  ///< empty: none is written
  std::vector<std::string> listen;
  std::vector<std::string> command;  ///< empty: until SIGINT or SIGTERM
};

/// `arguments` without the program's name.
Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments);
std::string usage();

}  // namespace blipd::lab
