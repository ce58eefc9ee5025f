#include "daemon/service/events_verb.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/client/events_table.h"
#include "daemon/client/http_get.h"
#include "daemon/export/event_json.h"
#include "daemon/storage/event_reader.h"

namespace blipd {
namespace {

constexpr std::size_t kMostEvents = 10000;

Result<std::string> ask_daemon(const CommandOptions& options) {
  const auto since = std::chrono::system_clock::now() - std::chrono::duration_cast<WallTime::duration>(options.since);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since.time_since_epoch()).count();
  std::vector<std::pair<std::string, std::string>> parameters{
      {"since", std::to_string(std::max<std::int64_t>(seconds, 0))}, {"limit", std::to_string(kMostEvents)}};
  if (!options.network.empty()) parameters.emplace_back("network", options.network);
  return http_get(options.url, "/api/v1/events", parameters);
}

Result<std::string> read_file(const CommandOptions& options) {
  EventQuery query;
  if (!options.network.empty()) query.network = options.network;
  query.since = std::chrono::system_clock::now() - std::chrono::duration_cast<WallTime::duration>(options.since);
  query.limit = kMostEvents;
  EventReader reader(options.storage_path, EventReader::WithoutFile::error);
  const Result<std::vector<LoggedEventPtr>> events = reader.find(query);
  if (events.has_error()) return events.error();
  return Result<std::string>(boost::system::in_place_value, render_events_json(*events));
}

}  // namespace

int run_events(const CommandOptions& options) {
  Result<std::string> answer = options.from_storage ? read_file(options) : ask_daemon(options);
  if (answer.has_value() && !options.json) answer = events_table(answer.value());
  if (answer.has_error()) {
    std::cerr << "blipd: " << answer.error().message << '\n';
    return kExitFailed;
  }
  std::cout << answer.value() << std::flush;
  return std::cout.good() ? kExitFine : kExitFailed;
}

}  // namespace blipd
