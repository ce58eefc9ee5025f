#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/export/icmp_words.h"
#include "daemon/export/landing_page_style.h"
#include "daemon/export/module_figures.h"
#include "daemon/export/page.h"
#include "daemon/export/page_text.h"

namespace blipd {

namespace {

// A browser stays quick up to here; the worst come first, so what is left out is what is least worth reading.
constexpr std::size_t kNetworksShown = 500;

constexpr std::array<State, kStates> kWorstFirst{State::down, State::flapping, State::spotty, State::unknown,
                                                 State::up};

std::size_t rank_of(State state) {
  return static_cast<std::size_t>(std::find(kWorstFirst.begin(), kWorstFirst.end(), state) - kWorstFirst.begin());
}

std::vector<const NetworkSnapshot*> worst_first(const Snapshot& snapshot) {
  std::vector<const NetworkSnapshot*> out;
  for (const NetworkSnapshot& network : snapshot.networks) out.push_back(&network);
  std::stable_sort(out.begin(), out.end(), [](const NetworkSnapshot* a, const NetworkSnapshot* b) {
    return rank_of(a->state) < rank_of(b->state);
  });
  return out;
}

std::string headline(const Snapshot& snapshot) {
  const std::size_t total = snapshot.networks.size();
  if (total == 0) return "No network is configured.";
  std::array<std::size_t, kStates> in_state{};
  for (const NetworkSnapshot& network : snapshot.networks) ++in_state[static_cast<std::size_t>(network.state)];
  const std::size_t fine = in_state[static_cast<std::size_t>(State::up)];
  const std::string of_all = std::to_string(total) + (total == 1 ? " network" : " networks");
  if (fine == total) return total == 1 ? "The network is up." : "All " + of_all + " are up.";
  std::string parts;
  for (const State state : kWorstFirst) {
    const std::size_t n = in_state[static_cast<std::size_t>(state)];
    if (n == 0 || state == State::up) continue;
    parts += (parts.empty() ? "" : ", ") + std::to_string(n) + ' ' + std::string(to_string(state));
  }
  const std::size_t others = total - fine;
  return std::to_string(others) + " of " + of_all + (others == 1 ? " is" : " are") + " not fine: " + parts + '.';
}

std::string vantage_sentence(const Snapshot& snapshot) {
  const std::size_t total = snapshot.references.size();
  const auto responding = std::count_if(snapshot.references.begin(), snapshot.references.end(),
                                        [](const ReferenceSnapshot& r) { return r.responding; });
  const std::string references = std::to_string(responding) + " of " + std::to_string(total) + " references respond";
  if (!snapshot.vantage_ok) {
    return "It is us: this vantage is ill" + (total == 0 ? std::string() : " (" + references + ")") +
           ". Probes count as void until it is well.";
  }
  if (total == 0) return "No references are configured: trouble of this vantage's own uplink looks like the networks'.";
  return "This vantage is fine: " + references + '.';
}

std::string state_chip(State state) {
  const std::string word(to_string(state));
  return "<span class=\"state " + word + "\">" + word + "</span>";
}

/// `content` is HTML.
std::string cell(std::string_view label, const std::string& content) {
  return "<td data-label=\"" + escape_html(label) + "\">" + content + "</td>";
}

std::string since_text(const Snapshot& snapshot, const NetworkSnapshot& network) {
  if (network.since == WallTime{}) return "start";
  const auto lasted = std::chrono::duration_cast<Duration>(snapshot.taken - network.since);
  return "<time datetime=\"" + format_rfc3339(network.since) + "\">" + format_utc(network.since) + "</time> (" +
         format_span(lasted) + ")";
}

std::string rtt_text(const RttHistogram& rtt) {
  const std::optional<double> half = rtt_quantile(rtt, 0.5);
  const std::optional<double> most = rtt_quantile(rtt, 0.9);
  if (!half || !most) return "no replies";
  return format_rtt(*half) + " / " + format_rtt(*most);
}

/// Why exchanges failed, and how long the certificate holds: of modules that ask a service.
std::string service_text(const ModuleSnapshot& module) {
  if (module.prober != "http") return {};
  std::string reasons;
  for (std::size_t i = 0; i < kFailureReasons; ++i) {
    const std::uint64_t count = module.probes.failures[i];
    if (count == 0) continue;
    reasons += (reasons.empty() ? "" : ", ") + std::to_string(count) + " " +
               std::string(to_string(static_cast<FailureReason>(i)));
  }
  std::string text;
  if (!reasons.empty()) text += "<br><span class=\"soft\">failures: " + reasons + "</span>";
  if (module.http && module.http->certificate_expiry) {
    text += "<br><span class=\"soft\">certificate until " + format_utc(*module.http->certificate_expiry) + "</span>";
  }
  return text;
}

std::string unresolved_text(const NetworkSnapshot& network) {
  constexpr std::size_t kNamed = 3;
  const std::size_t count = network.unresolved_names.size();
  if (count == 0) return {};
  std::string names;
  for (std::size_t i = 0; i < std::min(count, kNamed); ++i) {
    names += (i == 0 ? "" : ", ") + escape_html(network.unresolved_names[i]);
  }
  if (count > kNamed) names += " and " + std::to_string(count - kNamed) + " more";
  return "; no address known for " + names;
}

std::string module_row(const Snapshot& snapshot, const ModuleSnapshot& module) {
  std::string first = escape_html(module.module) + " <span class=\"soft\">" + escape_html(module.prober) + "</span>";
  if (!module.errors.empty()) {
    const ErrorEvidence& error = module.errors.front();
    first += "<br><span class=\"soft\">" + escape_html(describe_icmp_error(error.icmp, error.responder.is_v4())) +
             " from " + escape_html(error.responder.to_string()) + ", " + std::to_string(error.count) + " times</span>";
  }
  first += service_text(module);
  std::string row = "<tr>" + cell("module", first) + cell("state", state_chip(module.state));
  for (std::size_t i = 0; i < snapshot.window_labels.size(); ++i) {
    const WindowRatio window = i < module.windows.size() ? module.windows[i] : WindowRatio{};
    row += cell(snapshot.window_labels[i], format_ratio(window));
  }
  return row + cell("RTT p50 / p90", rtt_text(module.rtt)) + "</tr>\n";
}

std::string network_rows(const Snapshot& snapshot, const NetworkSnapshot& network) {
  const std::string rest = std::to_string(snapshot.window_labels.size() + 1);
  std::string rows = "<tbody>\n<tr><th scope=\"rowgroup\">" + escape_html(network.name) + "</th>" +
                     cell("state", state_chip(network.state)) + "<td colspan=\"" + rest + "\">since " +
                     since_text(snapshot, network) + "; " + std::to_string(network.hosts_responding) + " of " +
                     std::to_string(network.hosts) + " hosts respond" + unresolved_text(network) + "</td></tr>\n";
  for (const ModuleSnapshot& module : network.modules) rows += module_row(snapshot, module);
  return rows + "</tbody>\n";
}

std::string table(const Snapshot& snapshot) {
  if (snapshot.networks.empty()) return {};
  std::string out = "<table>\n<thead><tr><th scope=\"col\">Network, module</th><th scope=\"col\">State</th>";
  for (const std::string& label : snapshot.window_labels) {
    out += "<th scope=\"col\">Success ratio, " + escape_html(label) + "</th>";
  }
  out += "<th scope=\"col\">RTT p50 / p90</th></tr></thead>\n";
  const std::vector<const NetworkSnapshot*> networks = worst_first(snapshot);
  const std::size_t shown = std::min(networks.size(), kNetworksShown);
  for (std::size_t i = 0; i < shown; ++i) out += network_rows(snapshot, *networks[i]);
  out += "</table>\n";
  if (shown < networks.size()) {
    out += "<p>" + std::to_string(networks.size() - shown) +
           " more networks, none in a worse state, are in <a href=\"/api/v1/networks\">the API</a>.</p>\n";
  }
  return out;
}

std::string reload_banner(const ReloadStatus& reload) {
  if (reload.successful) return {};
  return "<p class=\"banner\" role=\"alert\"><strong>The last reload failed.</strong> The configuration of " +
         format_utc(reload.success_time) + " is still in use. " + escape_html(reload.message) + "</p>\n";
}

constexpr std::string_view kFooter = R"html(<footer>
<p><a href="/metrics">Metrics</a> &middot; <a href="/api/v1/networks">Networks</a> and
<a href="/api/v1/events">events</a> as JSON &middot; <a href="/config">Configuration</a></p>
<p>A success ratio is replies / (replies + failures) of the background probes of a window, with its 95 % Wilson interval
(wider where losses come together) and the number of probes n. Round-trip times are those of all replies since the network was first configured. Spotty is
common loss of at least 5 % and down of at least 95 %, unless the configuration says otherwise. This page renews itself
every 5 seconds.</p>
</footer>
)html";

}  // namespace

std::string render_landing_page(const Snapshot& snapshot, const ReloadStatus& reload, const RecentEvents& events) {
  const std::string vantage = escape_html(snapshot.vantage);
  const std::string news = headline(snapshot);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"refresh\" content=\"5\">\n";
  out += "<title>" + (snapshot.vantage_ok ? news : "It is us. " + news) + " - blipd " + vantage + "</title>\n<style>";
  out += kLandingPageStyle;
  out += "</style>\n</head>\n<body>\n<header>\n<h1>" + news + "</h1>\n";
  out += (snapshot.vantage_ok ? "<p>" : "<p class=\"banner\" role=\"alert\">") + vantage_sentence(snapshot) + "</p>\n";
  out += reload_banner(reload);
  out += "<p class=\"soft\">blipd at " + vantage + ", " + format_utc(snapshot.taken) + ", " +
         std::to_string(snapshot.targets) + " targets</p>\n</header>\n<main>\n";
  out += table(snapshot);
  out += render_recent_events(events, snapshot.taken);
  out += "</main>\n";
  out += kFooter;
  out += "</body>\n</html>\n";
  return out;
}

}  // namespace blipd
