#include "daemon/client/status_table.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <vector>

#include "daemon/client/api_text.h"
#include "daemon/client/text_table.h"

namespace blipd {
namespace {

using Json = nlohmann::json;
using Row = std::vector<std::string>;

std::size_t rank_of(const Json& network) {
  constexpr std::array<std::string_view, 5> kWorstFirst{"down", "flapping", "spotty", "unknown", "up"};
  const auto state = network.at("state").get<std::string>();
  return static_cast<std::size_t>(std::find(kWorstFirst.begin(), kWorstFirst.end(), state) - kWorstFirst.begin());
}

/// Labels of the windows; every module has the same.
std::vector<std::string> windows_of(const Json& networks) {
  std::vector<std::string> labels;
  for (const Json& network : networks) {
    for (const Json& module : network.at("modules")) {
      for (const Json& window : module.at("windows")) labels.push_back(window.at("window").get<std::string>());
      return labels;
    }
  }
  return labels;
}

std::string event_text(const Json& event) {
  if (event.is_null()) return "";
  return event.at("class").get<std::string>() + " since " + time_text(event.at("start"));
}

Row network_row(const Json& network, std::size_t windows) {
  Row row{network.at("name").get<std::string>(), network.at("state").get<std::string>(),
          time_text(network.at("since"))};
  row.resize(row.size() + windows + 1);  // ratios and round-trip times are the modules'
  row.push_back(std::to_string(network.at("hosts_responding").get<std::uint64_t>()) + " of " +
                std::to_string(network.at("hosts").get<std::uint64_t>()));
  row.push_back(event_text(network.value("open_event", Json())));
  return row;
}

Row module_row(const Json& module) {
  Row row{"  " + module.at("module").get<std::string>(), module.at("state").get<std::string>(), ""};
  for (const Json& window : module.at("windows")) row.push_back(ratio_text(window));
  row.push_back(rtt_text(module.at("rtt").at("p50_seconds")));
  return row;
}

std::string headline(const Json& document) {
  std::string line = document.at("vantage").get<std::string>() + ", " + time_text(document.at("taken")) + " UTC, ";
  line += document.at("vantage_ok").get<bool>() ? "our own connection is fine" : "OUR OWN CONNECTION IS ILL";
  const std::string event = event_text(document.value("vantage_event", Json()));
  return plain_text(line + (event.empty() ? "" : ": " + event)) + "\n";
}

}  // namespace

Result<std::string> status_table(std::string_view json) {
  try {
    const Json document = Json::parse(json);
    std::vector<Json> networks = document.at("networks").get<std::vector<Json>>();
    std::stable_sort(networks.begin(), networks.end(),
                     [](const Json& a, const Json& b) { return rank_of(a) < rank_of(b); });
    if (networks.empty()) {
      return Result<std::string>(boost::system::in_place_value, headline(document) + "No networks.\n");
    }
    const std::vector<std::string> windows = windows_of(networks);
    Row titles{"network", "state", "since (UTC)"};
    for (const std::string& window : windows) titles.push_back("answered, " + window);
    titles.insert(titles.end(), {"median RTT", "hosts answering", "open event"});
    std::vector<Row> rows{titles};
    for (const Json& network : networks) {
      rows.push_back(network_row(network, windows.size()));
      for (const Json& module : network.at("modules")) rows.push_back(module_row(module));
    }
    return Result<std::string>(boost::system::in_place_value, headline(document) + text_table(rows));
  } catch (const Json::exception& e) {
    return Error{std::string("this is no list of networks: ") + e.what()};
  }
}

}  // namespace blipd
