#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/export/metric_names.h"
#include "daemon/export/page.h"
#include "daemon/export/process_stats.h"
#include "tests/support/catch.h"
#include "tests/unit/export/sample_snapshot.h"

namespace blipd {

namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string sample_page() {
  return render_metrics(sample_snapshot(), sample_reload(), sample_storage(), sample_web(), sample_process());
}

/// Every sample by its text before the value.
std::map<std::string, std::string> samples_of(const std::string& page) {
  std::map<std::string, std::string> out;
  for (const std::string& line : lines_of(page)) {
    if (line.starts_with('#')) continue;
    const std::size_t space = line.rfind(' ');
    const bool first = out.emplace(line.substr(0, space), line.substr(space + 1)).second;
    INFO(line);
    CHECK(first);
  }
  return out;
}

std::uint64_t number(const std::map<std::string, std::string>& samples, const std::string& series) {
  INFO(series);
  REQUIRE(samples.contains(series));
  return std::stoull(samples.at(series));
}

}  // namespace

TEST_CASE("the page is the golden one") {
  std::string page;
  for (const std::string& line : lines_of(sample_page())) {
    if (!line.starts_with("blipd_build_info{")) page += line + '\n';  // differs by compiler
  }
  CHECK(page == read_text(std::filesystem::path(BLIPD_TEST_DATA) / "metrics.prom"));
}

TEST_CASE("every metric of the table is on the page once, with its type, and nothing else is") {
  std::map<std::string, std::string> types;
  for (const std::string& line : lines_of(sample_page())) {
    std::istringstream words(line);
    std::string hash;
    std::string keyword;
    std::string name;
    std::string type;
    words >> hash >> keyword >> name >> type;
    if (hash == "#" && keyword == "TYPE") CHECK(types.emplace(name, type).second);
  }
  CHECK(types.size() == kAllMetrics.size());
  const std::map<MetricKind, std::string> kinds{{MetricKind::counter, "counter"},
                                                {MetricKind::gauge, "gauge"},
                                                {MetricKind::histogram, "histogram"},
                                                {MetricKind::summary, "summary"}};
  for (const MetricName* metric : kAllMetrics) {
    INFO(metric->name);
    CHECK(types[std::string(metric->name)] == kinds.at(metric->kind));
    CHECK(metric->help.find_first_of("\n\\") == std::string_view::npos);
  }
}

TEST_CASE("docs/metrics.md names every metric") {
  const std::string text = read_text(std::filesystem::path(BLIPD_TEST_DATA) / "../../../../docs/metrics.md");
  for (const MetricName* metric : kAllMetrics) {
    INFO(metric->name);
    const bool named = text.find('`' + std::string(metric->name)) != std::string::npos;
    CHECK(named);
  }
}

TEST_CASE("sent = replies + failures + void + in flight, on the page") {
  const auto samples = samples_of(sample_page());
  const std::string of = R"({network="star-jv",module="ping")";
  std::uint64_t ended = number(samples, "blipd_probe_replies_total" + of + "}");
  for (const auto* reason : {"timeout", "refused", "unreachable", "bad_reply"}) {
    ended += number(samples, "blipd_probe_failures_total" + of + ",reason=\"" + reason + "\"}");
  }
  for (const auto* cause : {"send", "receive_drop", "vantage", "local_route", "removed"}) {
    ended += number(samples, "blipd_probes_void_total" + of + ",cause=\"" + cause + "\"}");
  }
  CHECK(number(samples, "blipd_probes_sent_total" + of + "}") ==
        ended + number(samples, "blipd_probes_in_flight" + of + "}"));
  CHECK(number(samples, "blipd_rtt_seconds_count" + of + "}") ==
        number(samples, "blipd_probe_replies_total" + of + "}"));
}

TEST_CASE("a module without probes shows all its series from 0") {
  const auto samples = samples_of(sample_page());
  const std::string of = R"({network="fresh",module="web")";
  for (const auto* reason : {"timeout", "refused", "unreachable", "bad_reply", "tls", "status", "body"}) {
    CHECK(number(samples, "blipd_probe_failures_total" + of + ",reason=\"" + reason + "\"}") == 0);
  }
  CHECK(number(samples, "blipd_rtt_seconds_bucket" + of + ",le=\"+Inf\"}") == 0);
  CHECK(samples.at("blipd_success_ratio" + of + ",window=\"1m\"}") == "NaN");
  CHECK(number(samples, "blipd_window_probes" + of + ",window=\"1m\"}") == 0);
}

TEST_CASE("events and extra probes show all their series from 0") {
  const auto samples = samples_of(sample_page());
  const std::string of = R"({network="fresh")";
  for (const auto* event_class : {"blip", "outage", "spotty", "flapping"}) {
    const std::string labels = of + ",class=\"" + event_class + "\"}";
    CHECK(number(samples, "blipd_events_total" + labels) == 0);
    CHECK(number(samples, "blipd_event_open_timestamp_seconds" + labels) == 0);
  }
  CHECK(number(samples, R"(blipd_event_open_timestamp_seconds{class="vantage"})") == 0);
  CHECK(number(samples, "blipd_loss_run_probes_bucket" + of + ",le=\"+Inf\"}") == 0);
  CHECK(samples.at("blipd_loss_burst_ratio" + of + "}") == "NaN");
  for (const auto* outcome : {"reply", "failure", "void"}) {
    const std::string labels = R"(,module="web",purpose="adaptive",outcome=")" + std::string(outcome) + "\"}";
    CHECK(number(samples, "blipd_extra_probes_total" + of + labels) == 0);
  }
}

TEST_CASE("exactly one state of each network and module is 1") {
  std::map<std::string, int> ones;
  std::map<std::string, int> all;
  for (const auto& [series, value] : samples_of(sample_page())) {
    if (!series.starts_with("blipd_network_state{") && !series.starts_with("blipd_module_state{")) continue;
    const std::string of = series.substr(0, series.find("state=\"", series.find('{')));
    ++all[of];
    ones[of] += std::stoi(value);
  }
  CHECK(all.size() == 5);
  for (const auto& [of, n] : all) {
    INFO(of);
    CHECK(n == 5);
    CHECK(ones[of] == 1);
  }
}

TEST_CASE("labels that would spoil the page are left out, repeated references are shown once") {
  Snapshot s = sample_snapshot();
  s.networks[0].labels = {{"network", "x"}, {"good", "y"}, {"bad-name", "z"}, {"__reserved", "z"}};
  s.references = {{"192.0.2.1", true}, {"192.0.2.1", true}};
  const auto samples = samples_of(render_metrics(s, sample_reload(), sample_storage(), sample_web(), sample_process()));
  CHECK(samples.contains(R"(blipd_network_info{network="star-jv",good="y"})"));
  CHECK(samples.contains(R"(blipd_reference_responding{host="192.0.2.1"})"));
}

TEST_CASE("a failed reload and a process without /proc") {
  const std::string page =
      render_metrics(sample_snapshot(), {false, sample_time(), "x"}, sample_storage(), sample_web(), std::nullopt);
  CHECK(page.find("\nblipd_config_last_reload_successful 0\n") != std::string::npos);
  CHECK(page.find("process_") == std::string::npos);
}

TEST_CASE("the kernel tells about this process") {
  const std::optional<ProcessStats> stats = read_process_stats();
  REQUIRE(stats);
  CHECK(stats->resident_bytes > 100'000);
  CHECK(stats->virtual_bytes >= stats->resident_bytes);
  CHECK(stats->open_fds >= 1);
  CHECK(stats->max_fds >= stats->open_fds);
  CHECK(stats->start_time > 1.6e9);
  CHECK(read_process_stats()->start_time == stats->start_time);
}

TEST_CASE("promtool has no complaint") {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) {
    WARN("promtool is not installed");
    return;
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "blipd-metrics-XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  const std::filesystem::path directory = pattern;
  std::ofstream(directory / "page") << render_metrics(sample_snapshot(), sample_reload(), sample_storage(),
                                                      sample_web());
  const int status = std::system(("cd '" + pattern + "' && promtool check metrics <page >complaints 2>&1").c_str());
  CHECK(read_text(directory / "complaints") == "");
  CHECK(status == 0);
  std::filesystem::remove_all(directory);
}

}  // namespace blipd
