#include "daemon/export/module_figures.h"

#include <string>

#include "daemon/export/icmp_words.h"
#include "tests/support/catch.h"
#include "tests/unit/export/sample_snapshot.h"

namespace blipd {

TEST_CASE("bounds of the histograms") {
  CHECK(rtt_bucket_bound(0) == 50e-6);
  CHECK(rtt_bucket_bound(1) == 0.0001);
  CHECK(rtt_bucket_bound(kRttBuckets - 1) == Approx(26.2144));
  CHECK(lag_bucket_bound(0) == 0.001);
  CHECK(lag_bucket_bound(kLagBuckets - 1) == 4.096);
}

TEST_CASE("names of the enumerations") {
  CHECK(to_string(State::up) == "up");
  CHECK(to_string(State::unknown) == "unknown");
  CHECK(to_string(FailureReason::bad_reply) == "bad_reply");
  CHECK(to_string(FailureReason::body) == "body");
  CHECK(to_string(VoidCause::local_route) == "local_route");
  CHECK(to_string(VoidCause::removed) == "removed");
  CHECK(to_string(Purpose::background) == "background");
  CHECK(to_string(Purpose::adhoc) == "adhoc");
}

TEST_CASE("reasons of packets always, those of HTTP for http, and whatever has been counted") {
  ModuleSnapshot module;
  module.prober = "icmp";
  CHECK(shows_reason(module, FailureReason::bad_reply));
  CHECK_FALSE(shows_reason(module, FailureReason::tls));
  module.probes.failures[static_cast<std::size_t>(FailureReason::tls)] = 1;
  CHECK(shows_reason(module, FailureReason::tls));
  module.prober = "http";
  CHECK(shows_reason(module, FailureReason::body));
}

TEST_CASE("quantiles of the histogram are linear within a bucket") {
  RttHistogram rtt;
  CHECK_FALSE(rtt_quantile(rtt, 0.5));
  rtt.buckets[0] = 10;
  rtt.count = 10;
  CHECK(*rtt_quantile(rtt, 0.5) == Approx(25e-6));
  rtt.buckets[3] = 10;
  rtt.count = 20;
  CHECK(*rtt_quantile(rtt, 0.5) == Approx(50e-6));
  CHECK(*rtt_quantile(rtt, 0.75) == Approx(300e-6));
  CHECK(*rtt_quantile(rtt, 1.0) == Approx(400e-6));
  rtt.count = 100;  // 80 above the last bound
  CHECK(*rtt_quantile(rtt, 0.99) == rtt_bucket_bound(kRttBuckets - 1));
}

TEST_CASE("ICMP errors have names") {
  CHECK(describe_icmp_error({3, 1}, true) == "host unreachable");
  CHECK(describe_icmp_error({3, 13}, true) == "communication prohibited");
  CHECK(describe_icmp_error({11, 0}, true) == "time to live exceeded");
  CHECK(describe_icmp_error({3, 99}, true) == "ICMP type 3 code 99");
  CHECK(describe_icmp_error({1, 3}, false) == "address unreachable");
  CHECK(describe_icmp_error({3, 1}, false) == "fragment reassembly time exceeded");
  CHECK(describe_icmp_error({255, 255}, false) == "ICMPv6 type 255 code 255");
}

}  // namespace blipd
