#include "daemon/export/event_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "daemon/export/icmp_words.h"
#include "daemon/export/page_text.h"

namespace blipd {
namespace {

using Json = nlohmann::ordered_json;

/// What is not known is left out, so that a 0 is always one that was counted.
Json evidence_json(const LoggedEvent& event) {
  const Evidence& evidence = event.facts.evidence;
  Json out = {{"retracted", evidence.retracted}};
  if (evidence.log_likelihood != 0) out["log_likelihood"] = evidence.log_likelihood;
  if (evidence.loss) out["loss"] = *evidence.loss;
  if (evidence.burst_ratio) out["burst_ratio"] = *evidence.burst_ratio;
  if (evidence.falls != 0) {
    out["falls"] = evidence.falls;
    out["dark_s"] = to_seconds(evidence.dark);
    out["steady"] = evidence.steady;
  }
  if (evidence.period) out["period_s"] = to_seconds(*evidence.period);
  if (evidence.together) out["together"] = true;
  if (evidence.rtt_before) out["rtt_before_s"] = to_seconds(*evidence.rtt_before);
  if (evidence.rtt_during) out["rtt_during_s"] = to_seconds(*evidence.rtt_during);
  if (evidence.hosts_on_new_path != 0) out["hosts_on_new_path"] = evidence.hosts_on_new_path;
  if (evidence.hosts_limited != 0) out["hosts_limited"] = evidence.hosts_limited;
  if (evidence.voids != 0) out["probes_void"] = evidence.voids;
  if (!evidence.answering.empty()) out["answering"] = evidence.answering;
  for (const ErrorEvidence& error : evidence.errors) {
    out["errors"].push_back({{"type", error.icmp.type},
                             {"code", error.icmp.code},
                             {"meaning", describe_icmp_error(error.icmp, error.responder.is_v4())},
                             {"responder", error.responder.to_string()},
                             {"count", error.count}});
  }
  if (event.unwatched != Duration::zero()) out["unwatched_s"] = to_seconds(event.unwatched);
  return out;
}

Json pattern_json(const Event& event) {
  const bool known = event.event_class == EventClass::spotty && event.pattern != LossPattern::unknown;
  return known ? Json(to_string(event.pattern)) : Json(nullptr);
}

Json ratio_json(const Event& event) {
  if (event.probes == 0) return nullptr;
  const std::uint64_t replies = event.probes - std::min(event.failures, event.probes);
  return static_cast<double>(replies) / static_cast<double>(event.probes);
}

}  // namespace

std::string render_event_json(const LoggedEvent& event) {
  const Event& facts = event.facts;
  const Json out = {{"id", event.id},
                    {"vantage", event.vantage},
                    {"network", facts.network.empty() ? Json(nullptr) : Json(facts.network)},
                    {"class", to_string(facts.event_class)},
                    {"pattern", pattern_json(facts)},
                    {"cause", to_string(facts.cause)},
                    {"start", format_rfc3339(event.start)},
                    {"start_uncertainty_s", to_seconds(facts.start_uncertainty)},
                    {"end", event.end ? Json(format_rfc3339(*event.end)) : Json(nullptr)},
                    {"end_uncertainty_s", to_seconds(facts.end_uncertainty)},
                    {"detected_at", format_rfc3339(event.detected_at)},
                    {"probes", facts.probes},
                    {"failures", facts.failures},
                    {"success_ratio", ratio_json(facts)},
                    {"hosts_affected", facts.hosts_affected},
                    {"hosts_total", facts.hosts_total},
                    {"evidence", evidence_json(event)}};
  // Names may hold bytes that are not UTF-8; the default handler would throw.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string render_event_json(const Event& event, std::string_view vantage, const WallAnchor& anchor) {
  LoggedEvent logged;
  logged.id = event.id;
  logged.vantage = vantage;
  logged.start = anchor.at(event.start);
  if (event.end) logged.end = anchor.at(*event.end);
  logged.detected_at = anchor.at(event.detected_at);
  logged.facts = event;
  return render_event_json(logged);
}

std::string render_events_json(const std::vector<LoggedEventPtr>& events) {
  std::string out = "{\"events\":[";
  const char* comma = "\n";
  for (const LoggedEventPtr& event : events) {
    out += comma + render_event_json(*event);
    comma = ",\n";
  }
  return out + (events.empty() ? "]}\n" : "\n]}\n");
}

}  // namespace blipd
