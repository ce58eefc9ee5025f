#include "tests/bench/detection/report.h"

#include <sstream>
#include <vector>

#include "tests/support/catch.h"

using namespace blipd;
using namespace blipd::bench;

namespace {

Scored one_run() {
  ScoreInput input;
  input.length = std::chrono::days(30);
  input.networks = {"n"};
  input.traffic.probes = 7200;
  return {.name = "B3 three losses",
          .score = score(input),
          .cost = {.cpu_seconds_per_network_month = 12.345, .peak_bytes_per_host = 6789}};
}

}  // namespace

TEST_CASE("the summary has a line for each run, and is narrow") {
  Scored over = one_run();
  over.name = "blipd";
  over.score.caps_broken = {"too much"};
  over.score.brier = 0.000123;
  over.cost = {};
  const std::string text = summary({one_run(), over});
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    CHECK(line.size() <= 100);
    lines.push_back(line);
  }
  REQUIRE(lines.size() >= 3);
  CHECK(lines[1] ==
        "B3 three losses       -         -        -        0       0.000       0     10.0    12.3   6789     ");
  CHECK(lines[2] ==
        "blipd                 -         -        -  0.00012       0.000       0     10.0       -      - VOID");
}

TEST_CASE("the JSON of a run is that of its score, with the cost") {
  Scored run = one_run();
  const std::string text = run_json(run, "a \xff title");
  CHECK(text.find("\"cpu_s_per_network_month\": 12.345") != std::string::npos);
  CHECK(text.find("\"peak_bytes_per_host\": 6789.0") != std::string::npos);
  CHECK(text.find("\"brier\": 0.0") != std::string::npos);
  CHECK(text.find("\"title\"") < text.find("\"cost\""));
  run.cost = {};
  CHECK(run_json(run, "").find("\"peak_bytes_per_host\": null") != std::string::npos);
}
