#include "daemon/service/check_verb.h"

#include <iostream>

#include "daemon/config/load.h"
#include "daemon/schedule/plan.h"
#include "daemon/service/check.h"
#include "daemon/service/open_files.h"

namespace blipd {

int run_check(const CommandOptions& options) {
  const Result<Config> config = load_config(options.config_file);
  if (config.has_error()) {
    std::cerr << config.error().message << '\n';
    return kExitUsage;
  }
  std::cout << render_check(config.value(), make_plan(config.value()), open_file_limit()) << std::flush;
  return std::cout.good() ? kExitFine : kExitFailed;
}

}  // namespace blipd
