#include "daemon/service/listen_fds.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

TEST_CASE("LISTEN_FDS counts only for the process that LISTEN_PID names") {
  struct Row {
    std::map<std::string, std::string> environment;
    std::optional<int> count;  // none: an error
  };
  for (const Row& row : std::vector<Row>{
           {{}, 0},
           {{{"LISTEN_FDS", "2"}}, 0},
           {{{"LISTEN_PID", "77"}}, 0},
           {{{"LISTEN_PID", "77"}, {"LISTEN_FDS", "2"}}, 2},
           {{{"LISTEN_PID", "77"}, {"LISTEN_FDS", "0"}}, 0},
           {{{"LISTEN_PID", "77"}, {"LISTEN_FDS", "256"}}, 256},
           {{{"LISTEN_PID", "78"}, {"LISTEN_FDS", "2"}}, 0},
           {{{"LISTEN_PID", "78"}, {"LISTEN_FDS", "rubbish"}}, 0},
           {{{"LISTEN_PID", "77"}, {"LISTEN_FDS", "257"}}, std::nullopt},
           {{{"LISTEN_PID", "77"}, {"LISTEN_FDS", "-1"}}, std::nullopt},
           {{{"LISTEN_PID", "77"}, {"LISTEN_FDS", "2 "}}, std::nullopt},
           {{{"LISTEN_PID", "77"}, {"LISTEN_FDS", ""}}, std::nullopt},
           {{{"LISTEN_PID", "x"}, {"LISTEN_FDS", "2"}}, std::nullopt},
       }) {
    const ReadEnvironment read = [&](const char* name) {
      const auto found = row.environment.find(name);
      return found == row.environment.end() ? nullptr : found->second.c_str();
    };
    const Result<int> count = count_listen_fds(read, 77);
    CHECK(count.has_value() == row.count.has_value());
    if (count.has_value() && row.count) CHECK(count.value() == *row.count);
    if (count.has_error()) CHECK(count.error().message.rfind("LISTEN_", 0) == 0);
  }
}

}  // namespace
}  // namespace blipd
