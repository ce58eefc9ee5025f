#include "daemon/export/routes.h"

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "daemon/export/accept_encoding.h"
#include "daemon/export/event_json.h"
#include "daemon/export/event_query.h"
#include "daemon/export/gzip.h"
#include "daemon/export/hosts_json.h"
#include "daemon/export/page.h"
#include "daemon/export/probing_txt.h"

namespace blipd {

namespace {

enum class Resource {
  landing_page,
  metrics,
  healthy,
  ready,
  reload,
  networks,
  events,
  hosts,
  stream,
  config,
  probing_txt
};

struct Route {
  std::string_view path;
  Resource resource;
  std::array<std::string_view, 2> methods;
};

constexpr std::array<std::string_view, 2> kRead{"GET", "HEAD"};
constexpr std::array<std::string_view, 2> kAct{"POST", "PUT"};

constexpr std::array<Route, 10> kRoutes{{
    {"/", Resource::landing_page, kRead},
    {"/metrics", Resource::metrics, kRead},
    {"/-/healthy", Resource::healthy, kRead},
    {"/-/ready", Resource::ready, kRead},
    {"/-/reload", Resource::reload, kAct},
    {"/api/v1/networks", Resource::networks, kRead},
    {"/api/v1/events", Resource::events, kRead},
    {"/api/v1/stream", Resource::stream, kRead},
    {"/config", Resource::config, kRead},
    {"/.well-known/probing.txt", Resource::probing_txt, kRead},
}};

constexpr Route kHosts{"/api/v1/networks/NAME/hosts", Resource::hosts, kRead};

/// NAME of that path. It was decoded before, so it may hold anything.
std::optional<std::string> network_of(const std::string& path) {
  constexpr std::string_view kBefore = "/api/v1/networks/";
  constexpr std::string_view kAfter = "/hosts";
  if (path.size() <= kBefore.size() + kAfter.size()) return std::nullopt;
  if (!path.starts_with(kBefore) || !path.ends_with(kAfter)) return std::nullopt;
  return path.substr(kBefore.size(), path.size() - kBefore.size() - kAfter.size());
}

constexpr std::string_view kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view kHtmlType = "text/html; charset=utf-8";
constexpr std::string_view kJsonType = "application/json";
// The page has a style sheet inside and nothing else: no script, no picture, nothing from elsewhere.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

WebResponse json_error(unsigned status, const std::string& sentence) {
  const nlohmann::json body = {{"error", sentence}};
  return {
      status,
      {{"Content-Type", std::string(kJsonType)}},
      std::make_shared<const std::string>(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n')};
}

/// JSON that is made anew for each request.
WebResponse encoded(std::string body, bool take_gzip) {
  WebResponse response{200, {{"Content-Type", std::string(kJsonType)}, {"Vary", "Accept-Encoding"}}, nullptr};
  if (take_gzip) {
    if (std::optional<std::string> smaller = gzip(body)) {
      response.fields.emplace_back("Content-Encoding", "gzip");
      body = std::move(*smaller);
    }
  }
  response.body = std::make_shared<const std::string>(std::move(body));
  return response;
}

WebResponse text_response(std::string text) {
  return {200, {{"Content-Type", "text/plain; charset=utf-8"}}, std::make_shared<const std::string>(std::move(text))};
}

WebResponse method_not_allowed(const Route& route) {
  const std::string allowed = std::string(route.methods[0]) + ", " + std::string(route.methods[1]);
  WebResponse response = plain_response(405, "Method not allowed; use " + allowed + '.');
  response.fields.emplace_back("Allow", allowed);
  return response;
}

// A browser comes back by itself; Prometheus takes it for a failed scrape, which it is.
WebResponse no_snapshot() {
  WebResponse response = plain_response(503, "blipd is starting and has no numbers yet.");
  response.fields.emplace_back("Retry-After", "1");
  response.fields.emplace_back("Refresh", "1");
  return response;
}

WebResponse ready_response(const SnapshotPtr& snapshot) {
  if (snapshot && snapshot->ready) return plain_response(200, "blipd is ready.");
  return plain_response(503, "blipd is not ready: the first rounds have not ended yet.");
}

}  // namespace

Routes::Routes(const WebEnvironment& environment)
    : environment_(environment),
      metrics_([this](const Snapshot& s, const ReloadStatus& r) {
        return render_metrics(s, r, environment_.storage ? environment_.storage() : StorageFigures(),
                              {accept_failures()});
      }),
      landing_page_([this](const Snapshot& s, const ReloadStatus& r) {
        return render_landing_page(s, r, environment_.recent_events ? environment_.recent_events() : RecentEvents());
      }),
      networks_([](const Snapshot& s, const ReloadStatus&) { return render_networks_json(s); }) {}

WebAnswer Routes::answer(const WebRequest& request) {
  const std::optional<RequestTarget> target = parse_request_target(request.target);
  if (!target) return plain_response(400, "Bad request: the target cannot be read.");
  const std::optional<std::string> network = network_of(target->path);
  const Route* route =
      network ? &kHosts
              : std::find_if(kRoutes.begin(), kRoutes.end(), [&](const Route& r) { return r.path == target->path; });
  if (route == kRoutes.end()) return plain_response(404, "Not found.");
  if (std::find(route->methods.begin(), route->methods.end(), request.method) == route->methods.end()) {
    return method_not_allowed(*route);
  }
  if (route->resource == Resource::healthy) return plain_response(200, "blipd is healthy.");
  if (route->resource == Resource::reload) return ReloadQuestion{};
  if (route->resource == Resource::hosts) return hosts(*network, request, *target);
  if (route->resource == Resource::stream) return stream(request, *target);
  if (route->resource == Resource::config) return text_response(environment_.config().text);
  if (route->resource == Resource::events) return events(request, *target);
  const SnapshotPtr snapshot = environment_.snapshot();
  if (route->resource == Resource::ready) return ready_response(snapshot);
  if (!snapshot) return no_snapshot();
  if (route->resource == Resource::metrics) return page(metrics_, snapshot, request, kMetricsType);
  if (route->resource == Resource::probing_txt) return probing_txt(*snapshot, request);
  if (route->resource == Resource::networks) return networks(snapshot, request, *target);
  WebResponse response = page(landing_page_, snapshot, request, kHtmlType);
  response.fields.emplace_back("Content-Security-Policy", kContentSecurityPolicy);
  response.fields.emplace_back("Referrer-Policy", "no-referrer");
  return response;
}

WebResponse Routes::no_memory_response() { return plain_response(503, "There is not enough memory for the answer."); }

WebResponse Routes::reload_response(std::string_view error) {
  return error.empty() ? plain_response(200, "The configuration is reloaded.") : plain_response(500, error);
}

WebResponse Routes::page(BodyCache& cache, const SnapshotPtr& snapshot, const WebRequest& request,
                         std::string_view content_type) {
  BodyCache::Encoded encoded = cache.get(snapshot, environment_.reload_status(), accepts_gzip(request.accept_encoding));
  WebResponse response{200, {{"Content-Type", std::string(content_type)}}, std::move(encoded.body)};
  if (encoded.gzipped) response.fields.emplace_back("Content-Encoding", "gzip");
  response.fields.emplace_back("Vary", "Accept-Encoding");
  return response;
}

WebResponse Routes::networks(const SnapshotPtr& snapshot, const WebRequest& request, const RequestTarget& target) {
  if (target.query.empty()) return page(networks_, snapshot, request, kJsonType);
  for (const auto& [name, value] : target.query) {
    if (name != "network") return json_error(400, "unknown parameter \"" + name + "\"; known: network");
  }
  if (target.query.size() > 1) return json_error(400, "parameter \"network\" is given more than once");
  const std::string& network = target.query.front().second;
  std::optional<std::string> body = render_networks_json(*snapshot, network);
  if (!body) return json_error(404, "no network is named \"" + network + "\"");
  return {200, {{"Content-Type", std::string(kJsonType)}}, std::make_shared<const std::string>(std::move(*body))};
}

WebResponse Routes::probing_txt(const Snapshot& snapshot, const WebRequest& request) const {
  const std::string contact = environment_.config().contact;
  if (contact.empty()) return plain_response(404, "No contact is configured: only networks of our own are probed.");
  return text_response(render_probing_txt(contact, snapshot.vantage, request.host, snapshot.taken));
}

WebResponse Routes::events(const WebRequest& request, const RequestTarget& target) {
  const Result<EventQuery> query = parse_event_query(target.query);
  if (query.has_error()) return json_error(400, query.error().message);
  const Result<std::vector<LoggedEventPtr>> events = environment_.events(*query);
  if (events.has_error()) return json_error(500, events.error().message);
  return encoded(render_events_json(*events), accepts_gzip(request.accept_encoding));
}

WebAnswer Routes::hosts(const std::string& network, const WebRequest& request, const RequestTarget& target) {
  const Result<TargetRange> range = parse_target_range(target.query);
  if (range.has_error()) return json_error(400, range.error().message);
  return HostsQuestion{network, *range, accepts_gzip(request.accept_encoding)};
}

WebResponse Routes::hosts_response(const HostsQuestion& question, const std::optional<TargetList>& list) {
  if (!list) return json_error(404, "no network is named \"" + question.network + "\"");
  if (list->out_of_memory) return no_memory_response();
  return encoded(render_hosts_json(question.network, question.range, *list), question.gzip);
}

WebAnswer Routes::stream(const WebRequest& request, const RequestTarget& target) {
  if (!target.query.empty()) return json_error(400, "unknown parameter \"" + target.query.front().first + "\"");
  StreamQuestion question{std::nullopt,
                          {200, {{"Content-Type", "text/event-stream"}}, std::make_shared<std::string>()}};
  // An id that is none of ours is answered like one that is forgotten.
  if (!request.last_event_id.empty()) question.at = parse_change_id(request.last_event_id).value_or(0);
  return question;
}

}  // namespace blipd
