#include "daemon/export/state_changes.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/unit/export/sample_snapshot.h"

namespace blipd {
namespace {

TEST_CASE("a line for each network whose state is another") {
  StateChanges changes;
  Snapshot snapshot = sample_snapshot();
  const auto first = changes.compare(snapshot);
  REQUIRE(first.size() == 1);  // the other is unknown, as before
  CHECK(nlohmann::json::parse(first[0]) == nlohmann::json{{"vantage", "fra1"},
                                                          {"network", "star-jv"},
                                                          {"state", "spotty"},
                                                          {"was", "unknown"},
                                                          {"since", "2026-03-01T10:57:55.250Z"}});
  CHECK(changes.compare(snapshot).empty());
  snapshot.networks[0].name = "bad\xff\nname";
  snapshot.networks[1].state = State::up;
  const auto second = changes.compare(snapshot);
  REQUIRE(second.size() == 2);
  CHECK(second[0].find('\n') == std::string::npos);
  CHECK(nlohmann::json::parse(second[1])["since"].is_null());
}

}  // namespace
}  // namespace blipd
