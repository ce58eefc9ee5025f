#include "daemon/export/event_json.h"

#include <nlohmann/json.hpp>

#include "daemon/export/page_text.h"

namespace blipd {

std::string render_event_json(const Event& event, std::string_view vantage, const WallAnchor& anchor) {
  using Json = nlohmann::ordered_json;
  const bool spotty = event.event_class == EventClass::spotty;
  const Json pattern = spotty && event.pattern != LossPattern::unknown ? Json(to_string(event.pattern)) : Json(nullptr);
  Json out = {{"id", event.id},
              {"vantage", vantage},
              {"network", event.network.empty() ? Json(nullptr) : Json(event.network)},
              {"class", to_string(event.event_class)},
              {"pattern", pattern},
              {"cause", to_string(event.cause)},
              {"start", format_rfc3339(anchor.at(event.start))},
              {"start_uncertainty_s", to_seconds(event.start_uncertainty)},
              {"end", event.end ? Json(format_rfc3339(anchor.at(*event.end))) : Json(nullptr)},
              {"end_uncertainty_s", to_seconds(event.end_uncertainty)},
              {"detected_at", format_rfc3339(anchor.at(event.detected_at))},
              {"probes", event.probes},
              {"failures", event.failures},
              {"success_ratio",
               event.probes == 0 ? Json(nullptr)
                                 : Json(1 - static_cast<double>(event.failures) / static_cast<double>(event.probes))},
              {"hosts_affected", event.hosts_affected},
              {"hosts_total", event.hosts_total},
              {"evidence", {{"retracted", event.evidence.retracted}}}};
  // Names may hold bytes that are not UTF-8; the default handler would throw.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace blipd
