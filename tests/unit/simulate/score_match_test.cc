#include "daemon/simulate/score_match.h"

#include <algorithm>
#include <random>

#include "tests/support/catch.h"

using namespace blipd;
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

namespace {

Span span(int from, int to) { return {std::chrono::seconds(from), std::chrono::seconds(to)}; }

Pairs matched(const std::vector<Span>& incidents, const std::vector<Span>& events) { return match(incidents, events); }

double sum_of(const Pairs& pairs, const std::vector<Span>& incidents, const std::vector<Span>& events) {
  double sum = 0;
  for (const auto& [i, e] : pairs) {
    sum += intersection_over_union(incidents[i], events[e]);
  }
  return sum;
}

/// The greatest sum over all assignments, by trying every one.
double best(const std::vector<Span>& incidents, const std::vector<Span>& events, std::size_t i,
            std::vector<bool> used) {
  if (i == incidents.size()) {
    return 0;
  }
  double most = best(incidents, events, i + 1, used);
  for (std::size_t e = 0; e < events.size(); ++e) {
    if (!used[e] && may_report(incidents[i], events[e])) {
      used[e] = true;
      most = std::max(most, intersection_over_union(incidents[i], events[e]) + best(incidents, events, i + 1, used));
      used[e] = false;
    }
  }
  return most;
}

}  // namespace

TEST_CASE("an event may report what it overlaps, or begins near") {
  CHECK(may_report(span(100, 200), span(199, 900)));
  CHECK(may_report(span(100, 110), span(130, 140)));
  CHECK_FALSE(may_report(span(100, 110), span(131, 140)));
  CHECK(may_report(span(100, 110), span(70, 71)));
  CHECK_FALSE(may_report(span(100, 110), span(69, 71)));
  // A tenth of 1,000 s is 100 s.
  CHECK(may_report(span(500, 1500), span(400, 401)));
  CHECK_FALSE(may_report(span(500, 1500), span(399, 400)));
}

TEST_CASE("nothing to match") {
  CHECK(matched({}, {}).empty());
  CHECK(matched({span(0, 10)}, {}).empty());
  CHECK(matched({}, {span(0, 10)}).empty());
  CHECK(matched({span(0, 10)}, {span(500, 510)}).empty());
}

TEST_CASE("two events for one incident: the better one") {
  CHECK(matched({span(0, 100)}, {span(0, 30), span(35, 100)}) == Pairs{{0, 1}});
}

TEST_CASE("one event for two incidents: the better one") {
  CHECK(matched({span(0, 30), span(60, 100)}, {span(0, 100)}) == Pairs{{1, 0}});
}

TEST_CASE("the assignment is optimal where the greedy one is not") {
  // Greedy takes (0, 0) for 0.8 and leaves incident 1 without; the best sum pairs 0 with 1 and 1 with 0.
  const std::vector<Span> incidents{span(0, 100), span(70, 150)};
  const std::vector<Span> events{span(0, 125), span(0, 75)};
  CHECK(matched(incidents, events) == Pairs{{0, 1}, {1, 0}});
}

TEST_CASE("among equals the nearer onset") {
  // No overlap with either: both within 30 s of the onset.
  CHECK(matched({span(100, 101)}, {span(75, 76), span(110, 111)}) == Pairs{{0, 1}});
}

TEST_CASE("groups that do not hang together are matched apart") {
  CHECK(matched({span(0, 10), span(1000, 1010)}, {span(1001, 1009), span(2, 8), span(5000, 5001)}) ==
        Pairs{{0, 1}, {1, 0}});
}

TEST_CASE("the sum is the greatest there is") {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> at(0, 300);
  std::uniform_int_distribution<int> length(0, 120);
  std::uniform_int_distribution<std::size_t> count(0, 6);
  for (int round = 0; round < 400; ++round) {
    std::vector<Span> incidents(count(random));
    std::vector<Span> events(count(random));
    for (std::vector<Span>* list : {&incidents, &events}) {
      for (Span& s : *list) {
        const int from = at(random);
        s = span(from, from + 1 + length(random));
      }
    }
    const Pairs pairs = matched(incidents, events);
    std::vector<bool> used(events.size());
    for (const auto& [i, e] : pairs) {
      REQUIRE(may_report(incidents[i], events[e]));
      REQUIRE_FALSE(used[e]);
      used[e] = true;
    }
    REQUIRE(sum_of(pairs, incidents, events) ==
            Approx(best(incidents, events, 0, std::vector<bool>(events.size()))).margin(1e-5));
  }
}
