#include <iostream>
#include <string>
#include <variant>
#include <vector>

#include "daemon/service/check_verb.h"
#include "daemon/service/command_line.h"
#include "daemon/service/events_verb.h"
#include "daemon/service/run.h"
#include "daemon/service/simulate_verb.h"
#include "daemon/service/status_verb.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const auto parsed = blipd::parse_command_line(arguments);
  if (const auto* exit = std::get_if<blipd::CommandExit>(&parsed)) {
    std::cout << exit->output;
    if (!exit->error.empty()) std::cerr << exit->error << '\n';
    return exit->code;
  }
  const auto& options = std::get<blipd::CommandOptions>(parsed);
  switch (options.verb) {
    case blipd::Verb::run:
      return blipd::run_daemon(options);
    case blipd::Verb::check:
      return blipd::run_check(options);
    case blipd::Verb::simulate:
      return blipd::run_simulate(options);
    case blipd::Verb::status:
      return blipd::run_status(options);
    case blipd::Verb::events:
      return blipd::run_events(options);
  }
  return blipd::kExitUsage;
}
