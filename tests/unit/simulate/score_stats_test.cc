#include "daemon/simulate/score_stats.h"

#include <cmath>

#include "daemon/simulate/score_spans.h"
#include "tests/support/catch.h"

using namespace blipd;

namespace {
Span span(int from, int to) { return {std::chrono::seconds(from), std::chrono::seconds(to)}; }
}  // namespace

TEST_CASE("percentiles are nearest ranks") {
  std::vector<double> twenty;
  for (int i = 20; i >= 1; --i) {
    twenty.push_back(i);
  }
  CHECK(percentile(twenty, 0.50) == 10);
  CHECK(percentile(twenty, 0.95) == 19);
  CHECK(percentile(twenty, 0.99) == 20);
  std::vector<double> hundred;
  for (int i = 1; i <= 100; ++i) {
    hundred.push_back(i);
  }
  // In binary 0.55 times 100 is a hair above 55.
  CHECK(percentile(hundred, 0.55) == 55);
  CHECK(percentile({7}, 0.01) == 7);
  CHECK(percentile({1, kNever}, 0.5) == 1);
  CHECK(std::isinf(percentile({1, kNever}, 0.99)));
  CHECK(std::isnan(percentile({}, 0.5)));
}

TEST_CASE("medians") {
  CHECK(median({3, 1, 2}) == 2);
  CHECK(median({4, 1, 2, 3}) == 2.5);
  CHECK(median({-5}) == -5);
  CHECK(std::isnan(median({})));
}

TEST_CASE("F1 is the harmonic mean") {
  CHECK(f1(0.5, 1) == Approx(2.0 / 3));
  CHECK(f1(0, 0) == 0);
  CHECK(std::isnan(f1(kUnsaid, 1)));
  CHECK(std::isnan(f1(kUnsaid, 0)));
  CHECK(std::isnan(ratio(1, 0)));
}

TEST_CASE("the Poisson bound is the exact one") {
  // Half the 0.95 quantile of chi-squared with 2 (n + 1) degrees of freedom.
  CHECK(poisson_upper(0) == Approx(2.99573).epsilon(1e-5));
  CHECK(poisson_upper(1) == Approx(4.74386).epsilon(1e-5));
  CHECK(poisson_upper(3) == Approx(7.75366).epsilon(1e-5));
  CHECK(poisson_upper(10) == Approx(16.9622).epsilon(1e-5));
  CHECK(poisson_upper(100) == Approx(118.08).epsilon(1e-3));
  // The normal approximation is good far out.
  CHECK(poisson_upper(100000) == Approx(100000 + 1.645 * std::sqrt(100000)).epsilon(1e-4));
}

TEST_CASE("spans overlap, and share") {
  CHECK(overlap(span(0, 10), span(6, 20)) == std::chrono::seconds(4));
  CHECK(overlap(span(0, 10), span(10, 20)) == Duration::zero());
  CHECK(overlap(span(30, 40), span(0, 10)) == Duration::zero());
  CHECK(intersection_over_union(span(0, 10), span(6, 20)) == Approx(0.2));
  CHECK(intersection_over_union(span(0, 10), span(0, 10)) == 1);
  CHECK(intersection_over_union(span(5, 5), span(5, 5)) == 0);
}

TEST_CASE("an empty span is the moment of its start") {
  CHECK(touches(span(0, 10), span(5, 5)));
  CHECK(touches(span(0, 10), span(0, 0)));
  CHECK_FALSE(touches(span(0, 10), span(10, 10)));
  CHECK_FALSE(touches(span(0, 10), span(10, 20)));
}

TEST_CASE("a set of spans is joined, measured and compared") {
  const SpanSet a({span(20, 30), span(0, 10), span(5, 12), span(12, 15), span(18, 18)});
  REQUIRE(a.spans().size() == 2);
  CHECK(a.spans()[0].end == std::chrono::seconds(15));
  CHECK(a.length() == std::chrono::seconds(25));
  CHECK(a.contains(std::chrono::seconds(0)));
  CHECK(a.contains(std::chrono::seconds(14)));
  CHECK_FALSE(a.contains(std::chrono::seconds(15)));
  CHECK_FALSE(a.contains(std::chrono::seconds(30)));
  CHECK(a.touches(span(15, 21)));
  CHECK_FALSE(a.touches(span(15, 20)));
  CHECK_FALSE(a.touches(span(40, 50)));
  CHECK(a.common(SpanSet({span(10, 22), span(29, 90)})) == std::chrono::seconds(5 + 2 + 1));
  CHECK(a.common(SpanSet()) == Duration::zero());
}
