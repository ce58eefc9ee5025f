#include "daemon/export/routes.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "daemon/export/probing_txt.h"
#include "tests/support/catch.h"
#include "tests/unit/export/sample_event.h"
#include "tests/unit/export/sample_snapshot.h"

namespace blipd {

namespace {

struct Fixture {
  SnapshotPtr snapshot = shared_sample();
  ReloadStatus reload = sample_reload();
  EventQuery asked;
  Result<std::vector<LoggedEventPtr>> events{std::vector<LoggedEventPtr>{shared_event()}};
  WebEnvironment environment = [this] {
    WebEnvironment made;
    made.snapshot = [this] { return snapshot; };
    made.reload_status = [this] { return reload; };
    made.events = [this](const EventQuery& query) {
      asked = query;
      return events;
    };
    made.config = [this] { return shown; };
    return made;
  }();
  ShownConfig shown{"vantage:\n", "https://noc.example.net/probing"};
  Routes routes{environment};

  WebAnswer ask(std::string_view method, std::string_view target, std::string_view last_event_id = {}) {
    return routes.answer({method, target, {}, last_event_id});
  }
  /// Nullopt if the answer is not there yet.
  std::optional<WebResponse> request(std::string_view method, std::string_view target,
                                     std::string_view accept_encoding = {}) {
    const WebAnswer answer = routes.answer({method, target, accept_encoding});
    const auto* response = std::get_if<WebResponse>(&answer);
    return response == nullptr ? std::nullopt : std::optional(*response);
  }
};

std::string field(const WebResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.fields) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("every method on every path") {
  Fixture f;
  const std::vector<std::string> readable{"/",
                                          "/metrics",
                                          "/-/healthy",
                                          "/-/ready",
                                          "/api/v1/networks",
                                          "/api/v1/events",
                                          "/config",
                                          "/.well-known/probing.txt"};
  const std::vector<std::string> methods{"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", ""};
  for (const std::string& path : readable) {
    for (const std::string& method : methods) {
      INFO(method << ' ' << path);
      const auto response = f.request(method, path);
      REQUIRE(response);
      const bool reads = method == "GET" || method == "HEAD";
      CHECK(response->status == (reads ? 200U : 405U));
      CHECK(field(*response, "Allow") == (reads ? "" : "GET, HEAD"));
    }
  }
  for (const std::string& method : methods) {
    INFO(method << " /-/reload");
    const auto response = f.request(method, "/-/reload");
    CHECK(response.has_value() != (method == "POST" || method == "PUT"));
    if (response) {
      CHECK(response->status == 405);
      CHECK(field(*response, "Allow") == "POST, PUT");
    }
  }
}

TEST_CASE("paths and targets that are not there") {
  Fixture f;
  for (const auto* path : {"/metrics/", "/Metrics", "/favicon.ico", "/-/", "//", "/../metrics"}) {
    INFO(path);
    CHECK(f.request("GET", path)->status == 404);
  }
  for (const auto* target : {"*", "/%zz", ""}) CHECK(f.request("GET", target)->status == 400);
}

TEST_CASE("content types and headers") {
  Fixture f;
  CHECK(field(*f.request("GET", "/metrics"), "Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(field(*f.request("GET", "/api/v1/networks"), "Content-Type") == "application/json");
  const auto page = f.request("GET", "/");
  CHECK(field(*page, "Content-Type") == "text/html; charset=utf-8");
  CHECK(field(*page, "Content-Security-Policy").starts_with("default-src 'none'; style-src 'unsafe-inline'"));
  CHECK(*f.request("GET", "/-/healthy")->body == "blipd is healthy.\n");
  const std::string head = response_head(*page, {true, false}, sample_time());
  CHECK(head.starts_with("HTTP/1.1 200 OK\r\nDate: Sun, 01 Mar 2026 12:00:00 GMT\r\n"));
  CHECK(head.find("\r\nX-Content-Type-Options: nosniff\r\n") != std::string::npos);
  CHECK(head.find("\r\nContent-Length: " + std::to_string(page->body->size()) + "\r\n") != std::string::npos);
  CHECK(head.find("\r\nConnection:") == std::string::npos);
  CHECK(head.ends_with("\r\n\r\n"));
  CHECK(response_head(*page, {true, true}, sample_time()).find("\r\nConnection: keep-alive\r\n") != std::string::npos);
  CHECK(response_head(*page, {false, false}, sample_time()).find("\r\nConnection: close\r\n") != std::string::npos);
}

TEST_CASE("gzip where it is accepted") {
  Fixture f;
  for (const auto* path : {"/", "/metrics", "/api/v1/networks", "/api/v1/events"}) {
    const auto plain = f.request("GET", path);
    const auto packed = f.request("GET", path, "gzip");
    CHECK(field(*plain, "Content-Encoding") == "");
    CHECK(field(*packed, "Content-Encoding") == "gzip");
    CHECK(packed->body->starts_with("\x1f\x8b"));
    CHECK(packed->body->size() < plain->body->size());
    CHECK(field(*plain, "Vary") == "Accept-Encoding");
    CHECK(field(*packed, "Vary") == "Accept-Encoding");
  }
}

TEST_CASE("one render for each snapshot and reload") {
  Fixture f;
  const Body first = f.request("GET", "/metrics")->body;
  CHECK(f.request("GET", "/metrics")->body == first);
  CHECK(f.request("GET", "/metrics", "gzip")->body == f.request("GET", "/metrics", "gzip")->body);
  f.snapshot = shared_sample();
  const Body second = f.request("GET", "/metrics")->body;
  CHECK(second != first);
  f.reload.successful = false;
  const Body third = f.request("GET", "/metrics")->body;
  CHECK(third != second);
  CHECK(third->find("blipd_config_last_reload_successful 0\n") != std::string::npos);
}

TEST_CASE("before the first snapshot and before the first rounds have ended") {
  Fixture f;
  auto early = std::make_shared<Snapshot>(sample_snapshot());
  early->ready = false;
  f.snapshot = early;
  CHECK(f.request("GET", "/-/ready")->status == 503);
  CHECK(f.request("GET", "/metrics")->status == 200);
  f.snapshot = nullptr;
  for (const auto* path : {"/", "/metrics", "/api/v1/networks", "/-/ready"}) {
    CHECK(f.request("GET", path)->status == 503);
  }
  CHECK(f.request("GET", "/-/healthy")->status == 200);
}

TEST_CASE("the answer to a reload") {
  CHECK(Routes::reload_response("").status == 200);
  const WebResponse failed = Routes::reload_response("blipd.yaml:3:5: unknown key \"intervall\"");
  CHECK(failed.status == 500);
  CHECK(*failed.body == "blipd.yaml:3:5: unknown key \"intervall\"\n");
  CHECK(field(failed, "Content-Type") == "text/plain; charset=utf-8");
}

TEST_CASE("parameters of the network list") {
  Fixture f;
  const auto networks = [&](const char* target) { return *f.request("GET", target); };
  const WebResponse one = networks("/api/v1/networks?network=star-jv");
  CHECK(one.status == 200);
  CHECK(nlohmann::json::parse(*one.body)["networks"].size() == 1);
  CHECK(networks("/api/v1/networks?network=other").status == 404);
  CHECK(networks("/api/v1/networks?network=").status == 404);
  CHECK(networks("/api/v1/networks?netwrok=fresh").status == 400);
  CHECK(networks("/api/v1/networks?network=fresh&network=fresh").status == 400);
  const WebResponse error = networks("/api/v1/networks?network=%ff%22");
  CHECK(error.status == 404);
  CHECK(field(error, "Content-Type") == "application/json");
  CHECK(nlohmann::json::parse(*error.body)["error"].is_string());
}

TEST_CASE("the events that are asked for") {
  Fixture f;
  const WebResponse response = *f.request("GET", "/api/v1/events?network=star%2Djv&since=1772366400&limit=5");
  CHECK(response.status == 200);
  CHECK(field(response, "Content-Type") == "application/json");
  CHECK(f.asked.network == "star-jv");
  CHECK(f.asked.since == WallTime(std::chrono::seconds(1772366400)));
  CHECK(f.asked.limit == 5);
  const auto json = nlohmann::json::parse(*response.body);
  REQUIRE(json["events"].size() == 1);
  CHECK(json["events"][0]["network"] == "star-jv");
}

TEST_CASE("a bad question about events is 400 and says why, a store that fails 500") {
  Fixture f;
  const auto error = [&](const char* target, unsigned status) {
    const WebResponse response = *f.request("GET", target);
    CHECK(response.status == status);
    CHECK(field(response, "Content-Type") == "application/json");
    return nlohmann::json::parse(*response.body)["error"].get<std::string>();
  };
  CHECK(error("/api/v1/events?since=yesterday", 400).starts_with("parameter \"since\""));
  f.events = Error{"events.db: disk I/O error"};
  CHECK(error("/api/v1/events", 500) == "events.db: disk I/O error");
}

TEST_CASE("events are told before the first snapshot") {
  Fixture f;
  f.snapshot = nullptr;
  CHECK(f.request("GET", "/api/v1/events")->status == 200);
}

TEST_CASE("hosts are asked for elsewhere, of whatever network") {
  Fixture f;
  const auto question = [&](const char* target) { return std::get<HostsQuestion>(f.ask("GET", target)); };
  CHECK(question("/api/v1/networks/star-jv/hosts").network == "star-jv");
  CHECK(question("/api/v1/networks/a%2Fhosts%20b/hosts").network == "a/hosts b");
  CHECK(question("/api/v1/networks/a/hosts").range.limit == 1000);
  CHECK(question("/api/v1/networks/a/hosts?offset=5&limit=10000").range.offset == 5);
  for (const char* query : {"?limit=0", "?limit=10001", "?offset=-1", "?offset=", "?host=a", "?limit=1&limit=1"}) {
    INFO(query);
    CHECK(f.request("GET", "/api/v1/networks/a/hosts" + std::string(query))->status == 400);
  }
  CHECK(f.request("POST", "/api/v1/networks/a/hosts")->status == 405);
  CHECK(f.request("GET", "/api/v1/networks//hosts")->status == 404);
  CHECK(f.request("GET", "/api/v1/networks/hosts")->status == 404);
  CHECK(Routes::hosts_response({"gone", {}, false}, std::nullopt).status == 404);
}

TEST_CASE("a stream begins now, or where its client was") {
  Fixture f;
  const auto at = [&](const char* last) { return std::get<StreamQuestion>(f.ask("GET", "/api/v1/stream", last)).at; };
  CHECK_FALSE(at(""));
  CHECK(at("1772366400000001") == 1772366400000001);
  for (const char* bad : {"x", "-1", "1.5", "99999999999999999999", "9007199254740992"}) {
    INFO(bad);
    CHECK(at(bad) == 0);
  }
  CHECK(f.request("GET", "/api/v1/stream?network=a")->status == 400);
  CHECK(f.request("POST", "/api/v1/stream")->status == 405);
}

TEST_CASE("the configuration, and who probes") {
  Fixture f;
  CHECK(*f.request("GET", "/config")->body == "vantage:\n");
  CHECK(field(*f.request("GET", "/config"), "Content-Type") == "text/plain; charset=utf-8");
  const auto text = [&] {
    return std::get<WebResponse>(f.routes.answer({"GET", "/.well-known/probing.txt", {}, {}, "a:1"}));
  };
  CHECK(*text().body ==
        "Canonical: http://a:1/.well-known/probing.txt\n"
        "Contact: https://noc.example.net/probing\n"
        "Expires: 2026-03-08T12:00:00.250Z\n"
        "Preferred-Languages: en\n"
        "Description: blipd at fra1 asks by ICMP echo, TCP SYN or HTTP, at a bounded rate, whether networks answer.\n");
  f.shown.contact.clear();
  CHECK(text().status == 404);
}

TEST_CASE("where the file of the probes is said to be") {
  const auto first = [](const char* contact, const char* host) {
    const std::string text = render_probing_txt(contact, "fra1", host, sample_time());
    return text.substr(0, text.find("\nExpires"));
  };
  CHECK(first("https://a.example/.well-known/probing.txt", "b") ==
        "Canonical: https://a.example/.well-known/probing.txt\nContact: https://a.example/.well-known/probing.txt");
  CHECK(first("noc@example.net", "") == "Contact: mailto:noc@example.net");
  CHECK(first("mailto:noc@example.net", "a\nX: y") == "Contact: mailto:noc@example.net");
  CHECK(first("mailto:noc@example.net", "[::1]:12214").starts_with("Canonical: http://[::1]:12214/"));
}

}  // namespace blipd
