#include <string>
#include <utility>
#include <vector>

#include "probes/option_reader.h"
#include "probes/tcp_syn_prober.h"
#include "tests/support/catch.h"

namespace blipd {
namespace {

using namespace std::chrono_literals;
using Options = std::vector<std::pair<const char*, const char*>>;

std::shared_ptr<const TcpSynOptions> read(const Options& entries, std::vector<Problem>& problems) {
  OptionValue mapping;
  mapping.kind = OptionValue::Kind::mapping;
  for (const auto& [key, text] : entries) {
    OptionValue value;
    value.kind = OptionValue::Kind::scalar;
    value.text = text;
    mapping.entries.push_back({key, {2, 1}, value});
  }
  OptionReader reader(mapping, "modules.syn", problems);
  auto options = std::static_pointer_cast<const TcpSynOptions>(kTcpSynProber.read_options(reader));
  reader.finish();
  return options;
}

TEST_CASE("tcp_syn needs a port and nothing else") {
  std::vector<Problem> problems;
  const auto options = read({{"port", "80"}}, problems);
  CHECK(problems.empty());
  CHECK(options->port == 80);
  CHECK_FALSE(options->require_open);
  CHECK(options->ttl == 64);
  CHECK(options->dscp == 0);
  read({}, problems);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message == "modules.syn.port: missing: the port to probe, 1 to 65535");
}

TEST_CASE("the options of tcp_syn are read up to their bounds and no further") {
  std::vector<Problem> problems;
  const auto options = read({{"port", "65535"}, {"require_open", "true"}, {"ttl", "255"}, {"dscp", "63"}}, problems);
  CHECK(problems.empty());
  CHECK(options->port == 65535);
  CHECK(options->require_open);
  CHECK(options->ttl == 255);
  CHECK(options->dscp == 63);
  for (const auto& bad : Options{{"port", "0"},
                                 {"port", "65536"},
                                 {"port", "http"},
                                 {"ttl", "0"},
                                 {"ttl", "256"},
                                 {"dscp", "64"},
                                 {"require_open", "1"},
                                 {"payload_size", "56"}}) {
    CAPTURE(bad.first, bad.second);
    std::vector<Problem> found;
    Options entries{bad};
    if (std::string(bad.first) != "port") entries.emplace_back("port", "80");
    read(entries, found);
    CHECK(found.size() == 1);
  }
}

TEST_CASE("a timeout stays below the first repetition of a SYN-ACK") {
  const ProbeTimes& times = kTcpSynProber.times;
  CHECK(times.interval == 10s);
  CHECK(times.least_interval == 1s);
  CHECK(times.timeout == 900ms);
  CHECK(times.most_timeout == 1s);
  CHECK_FALSE(times.why_most_timeout.empty());
  // Probes of a target lie half an interval apart or more.
  CHECK(times.least_interval / 2 >= TcpFlows::kStep);
}

}  // namespace
}  // namespace blipd
