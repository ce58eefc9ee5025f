#include "daemon/export/host_metrics.h"

#include <chrono>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/export/sample_snapshot.h"

namespace blipd {
namespace {

using std::chrono::milliseconds;

Snapshot with_hosts() {
  Snapshot s = sample_snapshot();
  HostSnapshot named;
  named.host = "www.example.org";
  named.address = Address::v4(0xc0000201U);
  named.responding = true;
  named.windows = {{8, 6, 0.75, 0.4093, 0.9285}, no_probes_window()};
  named.rtt = {{milliseconds(10), milliseconds(20), milliseconds(30)}};
  HostSnapshot silent = named;
  silent.address = *Address::parse("2001:db8::1");
  silent.responding = false;
  silent.rtt.reset();
  s.networks[0].modules[0].hosts = {named, silent};
  return s;
}

bool has_line(const std::string& page, const std::string& line) {
  return page.find('\n' + line + '\n') != std::string::npos;
}

TEST_CASE("each host has its own series, and one name of two addresses has two") {
  std::string page;
  append_host_metrics(with_hosts(), page);
  const std::string of = R"({network="star-jv",module="ping",host="www.example.org",address=)";
  CHECK(has_line(page, "blipd_host_success_ratio" + of + R"("192.0.2.1",window="1m"} 0.75)"));
  CHECK(has_line(page, "blipd_host_success_ratio" + of + R"("192.0.2.1",window="5m"} NaN)"));
  CHECK(has_line(page, "blipd_host_window_probes" + of + R"("192.0.2.1",window="1m"} 8)"));
  CHECK(has_line(page, "blipd_host_responding" + of + R"("192.0.2.1"} 1)"));
  CHECK(has_line(page, "blipd_host_responding" + of + R"("2001:db8::1"} 0)"));
  CHECK(has_line(page, "blipd_host_rtt_seconds" + of + R"("192.0.2.1",quantile="0.9"} 0.02)"));
  CHECK(page.find("blipd_host_rtt_seconds" + of + R"("2001:db8::1")") == std::string::npos);
}

TEST_CASE("without the wish for them there is no series per host") {
  std::string page;
  append_host_metrics(sample_snapshot(), page);
  CHECK(page.find('{') == std::string::npos);
  CHECK(page.find("# TYPE blipd_host_responding gauge") != std::string::npos);
}

}  // namespace
}  // namespace blipd
