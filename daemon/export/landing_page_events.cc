#include "daemon/export/landing_page_events.h"

#include <algorithm>
#include <cstddef>

#include "daemon/export/page_text.h"

namespace blipd {

namespace {

constexpr std::size_t kOpenShown = 20;
constexpr std::size_t kEndedShown = 10;

/// The colours of the states say it for events too.
std::string chip(EventClass c) {
  const char* state = "unknown";
  if (c == EventClass::outage || c == EventClass::blip) state = "down";
  if (c == EventClass::spotty) state = "spotty";
  if (c == EventClass::flapping) state = "flapping";
  return "<span class=\"state " + std::string(state) + "\">" + std::string(to_string(c)) + "</span>";
}

std::string cell(std::string_view label, const std::string& html) {
  return "<td data-label=\"" + std::string(label) + "\">" + html + "</td>";
}

std::string numbers(const LoggedEvent& event) {
  const Event& facts = event.facts;
  std::string text;
  const auto add = [&](const std::string& words) { text += (text.empty() ? "" : "; ") + words; };
  if (facts.evidence.retracted) add("taken back");
  if (facts.hosts_total != 0) {
    add(std::to_string(facts.hosts_affected) + " of " + std::to_string(facts.hosts_total) + " hosts");
  }
  if (facts.probes != 0) add(std::to_string(facts.failures) + " of " + std::to_string(facts.probes) + " probes failed");
  if (facts.evidence.voids != 0) add(std::to_string(facts.evidence.voids) + " probes void");
  if (facts.event_class == EventClass::spotty && facts.pattern != LossPattern::unknown) {
    add(std::string(to_string(facts.pattern)) + " loss");
  }
  if (facts.cause != EventCause::unknown && facts.cause != EventCause::vantage) {
    add("cause: " + std::string(to_string(facts.cause)));
  }
  return text;
}

std::string row(const LoggedEvent& event, WallTime now) {
  const std::string who = event.facts.network.empty() ? "ourselves" : escape_html(event.facts.network);
  const std::string lasted = format_span(event.end.value_or(now) - event.start);
  return "<tr>" + cell("network", who) + cell("class", chip(event.facts.event_class)) +
         cell("start", format_utc(event.start)) + cell("lasted", event.end ? lasted : lasted + ", open") +
         cell("numbers", numbers(event)) + "</tr>\n";
}

}  // namespace

std::string render_recent_events(const RecentEvents& events, WallTime now) {
  if (events.open.empty() && events.ended.empty()) return {};
  std::string out =
      "<h2>Events</h2>\n<table class=\"events\">\n<thead><tr><th scope=\"col\">Network</th><th scope=\"col\">Class</th>"
      "<th scope=\"col\">Start</th><th scope=\"col\">Lasted</th><th scope=\"col\">Numbers</th></tr></thead>\n<tbody>\n";
  const std::size_t open = std::min(events.open.size(), kOpenShown);
  for (std::size_t i = 0; i < open; ++i) out += row(*events.open[i], now);
  const std::size_t ended = std::min(events.ended.size(), kEndedShown);
  for (std::size_t i = 0; i < ended; ++i) out += row(*events.ended[i], now);
  out += "</tbody>\n</table>\n";
  if (open < events.open.size()) {
    out += "<p>" + std::to_string(events.open.size() - open) +
           " more are open: <a href=\"/api/v1/events\">events as JSON</a>.</p>\n";
  }
  return out;
}

}  // namespace blipd
