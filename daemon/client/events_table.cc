#include "daemon/client/events_table.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "daemon/client/api_text.h"
#include "daemon/client/text_table.h"

namespace blipd {
namespace {

using Json = nlohmann::json;

std::string hosts_of(const Json& event) {
  const auto total = event.at("hosts_total").get<std::uint64_t>();
  if (total == 0) return "-";
  return std::to_string(event.at("hosts_affected").get<std::uint64_t>()) + " of " + std::to_string(total);
}

std::string why_of(const Json& event) {
  std::string why;
  const auto add = [&](const std::string& word) { why += (why.empty() ? "" : ", ") + word; };
  if (event.at("evidence").value("retracted", false)) add("taken back");
  if (event.at("pattern").is_string()) add(event.at("pattern").get<std::string>());
  const auto cause = event.at("cause").get<std::string>();
  if (cause != "unknown" && cause != event.at("class").get<std::string>()) add(cause);
  const double unwatched = event.at("evidence").value("unwatched_s", 0.0);
  if (unwatched >= 1 && unwatched < 1e15) {
    add("not watched for " + duration_text(static_cast<std::int64_t>(unwatched)));
  }
  return why;
}

std::vector<std::string> row_of(const Json& event) {
  const auto probes = event.at("probes").get<std::uint64_t>();
  return {
      time_text(event.at("start")),
      event.at("end").is_null() ? "open" : span_text(event.at("start"), event.at("end")),
      event.at("network").is_null() ? "vantage " + event.at("vantage").get<std::string>()
                                    : event.at("network").get<std::string>(),
      event.at("class").get<std::string>(),
      hosts_of(event),
      probes == 0 ? "-" : std::to_string(event.at("failures").get<std::uint64_t>()) + " of " + std::to_string(probes),
      why_of(event)};
}

}  // namespace

Result<std::string> events_table(std::string_view json) {
  try {
    const Json document = Json::parse(json);
    std::vector<std::vector<std::string>> rows{
        {"start (UTC)", "lasted", "network", "class", "hosts", "probes failed", "what else"}};
    for (const Json& event : document.at("events")) rows.push_back(row_of(event));
    if (rows.size() == 1) return Result<std::string>(boost::system::in_place_value, "No events.\n");
    return Result<std::string>(boost::system::in_place_value, text_table(rows));
  } catch (const Json::exception& e) {
    return Error{std::string("this is no list of events: ") + e.what()};
  }
}

}  // namespace blipd
