#include "daemon/simulate/world_truth.h"

#include <nlohmann/json.hpp>
#include <string>

namespace blipd {
namespace {

nlohmann::ordered_json describe(const TrueIncident& incident) {
  nlohmann::ordered_json told;
  told["network"] = incident.network.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(incident.network);
  told["kind"] = to_string(incident.kind);
  told["name"] = incident.name;
  told["start_s"] = to_seconds(incident.start);
  told["end_s"] = to_seconds(incident.end);
  told["loss"] = incident.loss;
  told["seen"] = incident.seen;
  told["period_s"] = to_seconds(incident.period);
  told["hosts_affected"] = incident.affected;
  told["hosts_total"] = incident.hosts;
  return told;
}

/// Straight to the stream: a month of seconds need not be held twice.
void write_counts(std::ostream& out, const World& world) {
  out << R"(,"counts":{"bucket_s":)" << nlohmann::json(to_seconds(world.recorded_bucket())).dump();
  out << R"(,"columns":["bucket","asked")";
  for (std::size_t i = 0; i < kLossCauses; ++i) out << ",\"" << to_string(static_cast<LossCause>(i)) << '"';
  out << "],\"networks\":{";
  for (std::size_t i = 0; i < world.networks(); ++i) {
    out << (i == 0 ? "\n" : ",\n") << nlohmann::json(world.network_name(i)).dump() << ":[";
    const char* divider = "";
    for (const World::Counts& counts : world.counts_of(i)) {
      out << divider << '[' << counts.bucket << ',' << counts.asked;
      for (const std::uint32_t count : counts.by_cause) out << ',' << count;
      out << ']';
      divider = ",";
    }
    out << ']';
  }
  out << "}}";
}

}  // namespace

void write_truth(std::ostream& out, const World& world, std::string_view more) {
  const Scenario& scenario = world.scenario();
  nlohmann::ordered_json head;
  head["scenario"] = scenario.file;
  head["seed"] = world.seed();
  head["vantage"] = world.vantage();
  head["starts_s"] = std::chrono::duration<double>(scenario.starts.time_since_epoch()).count();
  head["length_s"] = to_seconds(scenario.length);
  head["incidents"] = nlohmann::ordered_json::array();
  for (const TrueIncident& incident : world.truth()) head["incidents"].push_back(describe(incident));
  std::string text = head.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.pop_back();
  out << text;
  if (world.recorded_bucket() > Duration::zero()) write_counts(out, world);
  if (!more.empty()) out << ',' << more;
  out << "}\n";
}

}  // namespace blipd
