#include "daemon/simulate/score_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/unit/simulate/score_input.h"

using namespace blipd;
using namespace blipd::score_test;

namespace {

ScoreInput full() {
  ScoreInput in = run({was("n", IncidentKind::outage, 1000, 2000), was("n", IncidentKind::blip, 5000, 5020),
                       was("", IncidentKind::vantage, 7000, 7060)},
                      {said("n", EventClass::outage, 1004, 2010, 1012), said("n", EventClass::blip, 9000, 9010, 9004)});
  in.traffic = {.probes = 1234, .busiest_network_per_hour = 44.4, .busiest_prefix_per_second = 0.25};
  in.caps = {.network_per_hour = 0, .prefix_per_second = 0.39};
  in.ratios = {{0.7, 0.6, 0.8, 0.75}};
  return in;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("the table for people is narrow and says never for never") {
  const std::string text = score_text(score(full()), "one run");
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    CHECK(line.size() <= 100);
  }
  CHECK(has(text, "one run: 1 networks"));
  CHECK(has(text, "blip                1      0   0.000   0.000     never     never     never"));
  CHECK(has(text, "outage              1      1   1.000   1.000      12.0      12.0      12.0"));
  CHECK(has(text, "Brier score of being up: 0.00044\n"));
  CHECK_FALSE(has(text, "VOID"));
  CHECK_FALSE(has(text, "nan"));
  CHECK_FALSE(has(text, "inf"));
}

TEST_CASE("a run over its cap says so in capitals, first") {
  ScoreInput in = full();
  in.traffic.busiest_prefix_per_second = 0.5;
  const std::string text = score_text(score(in), "one run");
  CHECK(text.starts_with("THIS RUN IS VOID: IT SENT MORE THAN ITS CAP ALLOWS (busiest /24: 0.500 probes a second"));
  CHECK(nlohmann::json::parse(score_json(score(in), "x")).at("void") == true);
}

TEST_CASE("the report of nothing has no numbers that are none") {
  const Score nothing = score(run({}, {}));
  const std::string text = score_text(nothing, "nothing");
  CHECK_FALSE(has(text, "nan"));
  const nlohmann::json json = nlohmann::json::parse(score_json(nothing, "nothing"));
  CHECK(json.at("by_incident").at("recall").is_null());
  CHECK(json.at("brier") == 0.0);
  CHECK(json.at("false_alarms").at("count") == 0);
}

TEST_CASE("JSON holds the same figures") {
  const nlohmann::json json = nlohmann::json::parse(score_json(score(full()), "t"));
  CHECK(json.at("title") == "t");
  CHECK(json.at("void") == false);
  CHECK(json.at("incidents").at("to_report") == 3);
  CHECK(json.at("incidents").at("found") == 1);
  CHECK(json.at("by_incident").at("precision") == 0.5);
  // Wrong for 4 + 10 + 20 + 10 s of 100,000 s without the vantage's 60.
  CHECK(json.at("brier").get<double>() == Approx(44.0 / 99940));
  CHECK(json.at("kinds").at(0).at("kind") == "blip");
  CHECK(json.at("kinds").at(0).at("delay_s").at("p50").is_null());
  CHECK(json.at("kinds").at(1).at("delay_s").at("p99") == 12.0);
  CHECK(json.at("confusion").at("none").at("blip") == 1);
  CHECK(json.at("traffic").at("probes") == 1234);
  CHECK(json.at("success_ratio").at("coverage") == 1.0);
}

TEST_CASE("a name that is no UTF-8 does not throw") {
  CHECK(has(score_json(score(run({}, {})), "a\xff"), "\"title\""));
}
