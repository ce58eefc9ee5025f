#include "probes/source_ports.h"

#include <cstddef>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace blipd {
namespace {

bool is_well_formed(const std::vector<PortRange>& runs, PortRange ephemeral, unsigned count) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const PortRange run = runs[i];
    if (run.first < 1024 || run.last - run.first + 1 != static_cast<int>(count)) return false;
    if (run.first <= ephemeral.last && run.last >= ephemeral.first) return false;
    for (std::size_t k = 0; k < i; ++k) {
      if (run.first <= runs[k].last && run.last >= runs[k].first) return false;
    }
  }
  return true;
}

TEST_CASE("the first run starts at 20000, the next one behind it") {
  const std::vector<PortRange> runs = preferred_port_runs({32768, 60999}, 258);
  REQUIRE(runs.size() > 2);
  CHECK(runs[0] == PortRange{20000, 20257});
  CHECK(runs[1] == PortRange{20258, 20515});
  CHECK(is_well_formed(runs, {32768, 60999}, 258));
}

TEST_CASE("runs keep out of the ephemeral range, do not overlap and stay between 1024 and 65535") {
  for (const PortRange ephemeral :
       {PortRange{32768, 60999}, PortRange{1024, 65535}, PortRange{20000, 20000}, PortRange{20257, 30000},
        PortRange{19999, 19999}, PortRange{1, 19999}, PortRange{20000, 65535}, PortRange{60000, 65535}}) {
    CAPTURE(ephemeral.first, ephemeral.last);
    CHECK(is_well_formed(preferred_port_runs(ephemeral, 258), ephemeral, 258));
  }
  CHECK(preferred_port_runs({1024, 65535}, 258).empty());
  CHECK(preferred_port_runs({20000, 65535}, 258).front() == PortRange{1024, 1281});
  CHECK(preferred_port_runs({20257, 30000}, 258).front() == PortRange{30062, 30319});
  CHECK(preferred_port_runs({1, 19999}, 258).front() == PortRange{20000, 20257});
}

TEST_CASE("the firewall rules that are shipped name the runs of so many threads") {
  const std::vector<PortRange> runs = preferred_port_runs({32768, 60999}, 258);
  std::ifstream file(BLIPD_NFTABLES);
  const std::regex define(R"(^(# )?define blipd_ports = (\d+)-(\d+)  # engine_threads: (\d+)$)");
  std::vector<std::size_t> told;
  for (std::string line; std::getline(file, line);) {
    std::smatch found;
    if (!std::regex_match(line, found, define)) continue;
    const std::size_t threads = std::stoul(found[4]);
    told.push_back(threads);
    REQUIRE(threads <= runs.size());
    CHECK(found[1].matched == (threads != 1));
    CHECK(std::stoul(found[2]) == runs[0].first);
    CHECK(std::stoul(found[3]) == runs[threads - 1].last);
    for (std::size_t i = 1; i < threads; ++i) CHECK(runs[i].first == runs[i - 1].last + 1);
  }
  CHECK(told == std::vector<std::size_t>{1, 2, 4, 8});
}

}  // namespace
}  // namespace blipd
