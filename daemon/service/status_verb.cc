#include "daemon/service/status_verb.h"

#include <iostream>
#include <string>

#include "daemon/client/http_get.h"
#include "daemon/client/status_table.h"

namespace blipd {

int run_status(const CommandOptions& options) {
  Result<std::string> answer = http_get(options.url, "/api/v1/networks", {});
  if (answer.has_value() && !options.json) answer = status_table(answer.value());
  if (answer.has_error()) {
    std::cerr << "blipd: " << answer.error().message << '\n';
    return kExitFailed;
  }
  std::cout << answer.value() << std::flush;
  return std::cout.good() ? kExitFine : kExitFailed;
}

}  // namespace blipd
