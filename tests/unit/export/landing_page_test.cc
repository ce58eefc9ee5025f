#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/export/page.h"
#include "daemon/export/page_text.h"
#include "tests/support/catch.h"
#include "tests/unit/export/sample_event.h"
#include "tests/unit/export/sample_snapshot.h"

namespace blipd {

namespace {

using std::chrono::hours;
using std::chrono::seconds;

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

Snapshot in_states(const std::vector<State>& states) {
  Snapshot s = sample_snapshot();
  const NetworkSnapshot network = s.networks[0];
  s.networks.clear();
  for (const State state : states) {
    s.networks.push_back(network);
    s.networks.back().name = "n" + std::to_string(s.networks.size());
    s.networks.back().state = state;
  }
  return s;
}

}  // namespace

TEST_CASE("the headline says how many are not fine and how") {
  const std::vector<std::pair<std::vector<State>, std::string>> cases{
      {{}, "No network is configured."},
      {{State::up}, "The network is up."},
      {{State::up, State::up}, "All 2 networks are up."},
      {{State::up, State::down}, "1 of 2 networks is not fine: 1 down."},
      {{State::down, State::spotty, State::spotty, State::up}, "3 of 4 networks are not fine: 1 down, 2 spotty."},
      {{State::unknown}, "1 of 1 network is not fine: 1 unknown."},
  };
  for (const auto& [states, headline] : cases) {
    CHECK(contains(render_landing_page(in_states(states), sample_reload()), "<h1>" + headline + "</h1>"));
  }
}

TEST_CASE("the page shows states as words, ratios with interval and n, hosts and times") {
  const std::string page = render_landing_page(sample_snapshot(), sample_reload());
  CHECK(contains(page, R"(<span class="state spotty">spotty</span>)"));
  CHECK(contains(page, "75.0 % (40.9-92.8, n=8)"));
  CHECK(contains(page, "no probes"));
  CHECK(contains(page, "3 of 4 hosts respond"));
  CHECK(contains(page, "2026-03-01 10:57:55 UTC</time> (1 h 2 min)"));
  CHECK(contains(page, "host unreachable from 192.0.2.1, 4 times"));
  CHECK(contains(page, R"(<meta http-equiv="refresh" content="5">)"));
  CHECK(contains(page, R"(href="/metrics")"));
  CHECK(contains(page, R"(href="/api/v1/networks")"));
  CHECK(contains(page, "1 of 2 references respond"));
}

TEST_CASE("the page loads nothing from elsewhere") {
  const std::string page = render_landing_page(sample_snapshot(), sample_reload());
  for (const auto* outside : {"http://", "https://", "src=", "<script", "@import", "url("}) {
    INFO(outside);
    CHECK_FALSE(contains(page, outside));
  }
}

TEST_CASE("an ill vantage and a failed reload stand at the top") {
  Snapshot s = sample_snapshot();
  CHECK_FALSE(contains(render_landing_page(s, sample_reload()), "role=\"alert\""));
  s.vantage_ok = false;
  CHECK(contains(render_landing_page(s, sample_reload()), "It is us: this vantage is ill (1 of 2 references respond)"));
  const std::string failed = render_landing_page(sample_snapshot(), {false, sample_time(), "blipd.yaml:3:5: <b>"});
  CHECK(contains(failed, "The last reload failed."));
  CHECK(contains(failed, "blipd.yaml:3:5: &lt;b&gt;"));
}

TEST_CASE("names from the configuration cannot become markup") {
  Snapshot s = sample_snapshot();
  const std::string evil = "<script>\"'&";
  s.vantage = s.networks[0].name = s.networks[0].modules[0].module = s.window_labels[0] = evil;
  s.networks[0].modules[0].prober = evil;
  const std::string page = render_landing_page(s, sample_reload());
  CHECK_FALSE(contains(page, "<script"));
  CHECK(contains(page, "&lt;script&gt;&quot;&#39;&amp;"));
}

TEST_CASE("the worst networks come first and the page stays bounded") {
  Snapshot s = in_states({State::up, State::unknown, State::down});
  const std::string page = render_landing_page(s, sample_reload());
  CHECK(page.find(">n3<") < page.find(">n2<"));
  CHECK(page.find(">n2<") < page.find(">n1<"));
  s = in_states(std::vector<State>(501, State::up));
  s.networks[500].state = State::spotty;
  const std::string long_page = render_landing_page(s, sample_reload());
  CHECK(contains(long_page, ">n501<"));
  CHECK(contains(long_page, ">n499<"));
  CHECK_FALSE(contains(long_page, ">n500<"));
  CHECK(contains(long_page, "1 more networks, none in a worse state"));
}

TEST_CASE("times and spans") {
  CHECK(format_rfc3339(WallTime{}) == "1970-01-01T00:00:00.000Z");
  CHECK(format_rfc3339(sample_time()) == "2026-03-01T12:00:00.250Z");
  CHECK(format_utc(sample_time()) == "2026-03-01 12:00:00 UTC");
  const std::vector<std::pair<seconds, std::string>> spans{
      {seconds(-5), "0 s"},           {seconds(59), "59 s"},        {seconds(60), "1 min 0 s"},
      {seconds(3599), "59 min 59 s"}, {seconds(3600), "1 h 0 min"}, {hours(27) + seconds(60), "1 d 3 h"},
  };
  for (const auto& [span, expected] : spans) CHECK(format_span(span) == expected);
}

TEST_CASE("100 % and 0 % only where it is all or none") {
  const std::vector<std::pair<WindowRatio, std::string>> cases{
      {{0, 0, 0, 0, 0}, "no probes"},
      {{10, 10, 1, 0.7225, 1}, "100.0 % (72.2-100.0, n=10)"},
      {{100000, 99999, 0.99999, 0.9999, 1}, "99.9 % (100.0-100.0, n=100000)"},
      {{100000, 1, 0.00001, 0, 0.0001}, "0.1 % (0.0-0.0, n=100000)"},
      {{10, 0, 0, 0, 0.2775}, "0.0 % (0.0-27.8, n=10)"},
  };
  for (const auto& [window, expected] : cases) CHECK(format_ratio(window) == expected);
}

TEST_CASE("round-trip times") {
  CHECK(format_rtt(0.00045) == "0.45 ms");
  CHECK(format_rtt(0.01234) == "12.3 ms");
  CHECK(format_rtt(1.2) == "1.20 s");
}

TEST_CASE("the page shows open events, and then the last that ended") {
  CHECK_FALSE(contains(render_landing_page(sample_snapshot(), sample_reload()), "<h2>"));
  LoggedEvent open = sample_event();
  open.facts.network = "<open>";
  open.facts.event_class = EventClass::outage;
  open.end.reset();
  LoggedEvent ours = sample_event();
  ours.facts.network.clear();
  ours.facts.event_class = EventClass::vantage;
  ours.facts.evidence.retracted = true;
  const RecentEvents events{{std::make_shared<const LoggedEvent>(open)},
                            {shared_event(), std::make_shared<const LoggedEvent>(ours)}};
  const std::string page = render_landing_page(sample_snapshot(), sample_reload(), events);
  const std::size_t first = page.find("&lt;open&gt;");
  REQUIRE(first != std::string::npos);
  CHECK_FALSE(contains(page, "<open>"));
  CHECK(contains(page, R"(<span class="state down">outage</span>)"));
  CHECK(contains(page, "1 h 0 min, open"));
  CHECK(contains(page, "30 min 0 s</td>"));
  CHECK(contains(page, "3 of 4 hosts; 50 of 200 probes failed; 8 probes void; bursty loss; cause: congestion"));
  CHECK(contains(page, "taken back; 3 of 4 hosts"));
  CHECK(page.find("ourselves") > page.find("star-jv", first));
  RecentEvents many;
  many.open.assign(25, shared_event());
  CHECK(contains(render_landing_page(sample_snapshot(), sample_reload(), many), "<p>5 more are open: "));
}

}  // namespace blipd
