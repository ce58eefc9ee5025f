#include "daemon/service/events_verb.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/client/events_table.h"
#include "daemon/client/http_get.h"

namespace blipd {
namespace {

Result<std::string> ask_daemon(const CommandOptions& options) {
  const auto since = std::chrono::system_clock::now() - std::chrono::duration_cast<WallTime::duration>(options.since);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since.time_since_epoch()).count();
  std::vector<std::pair<std::string, std::string>> parameters{
      {"since", std::to_string(std::max<std::int64_t>(seconds, 0))}, {"limit", "10000"}};
  if (!options.network.empty()) parameters.emplace_back("network", options.network);
  return http_get(options.url, "/api/v1/events", parameters);
}

}  // namespace

int run_events(const CommandOptions& options) {
  Result<std::string> answer = ask_daemon(options);
  if (answer.has_value() && !options.json) answer = events_table(answer.value());
  if (answer.has_error()) {
    std::cerr << "blipd: " << answer.error().message << '\n';
    return kExitFailed;
  }
  std::cout << answer.value() << std::flush;
  return std::cout.good() ? kExitFine : kExitFailed;
}

}  // namespace blipd
