#include "daemon/simulate/distribution.h"

#include <chrono>
#include <cmath>

#include "tests/support/catch.h"

using namespace blipd;
using namespace std::chrono_literals;

namespace {

struct Moments {
  double mean = 0;
  double deviation = 0;
  double least = 1e300;
  double most = -1e300;
};

Moments moments_of(const std::string& text, Quantity quantity = Quantity::number) {
  const std::optional<Distribution> made = parse_distribution(text, quantity);
  REQUIRE(made);
  Random random(7);
  constexpr int kDraws = 100'000;
  double sum = 0;
  double squares = 0;
  Moments moments;
  for (int i = 0; i < kDraws; ++i) {
    const double value = made->draw(random);
    sum += value;
    squares += value * value;
    moments.least = std::min(moments.least, value);
    moments.most = std::max(moments.most, value);
  }
  moments.mean = sum / kDraws;
  moments.deviation = std::sqrt(squares / kDraws - moments.mean * moments.mean);
  return moments;
}

}  // namespace

// At 100,000 draws the mean of a distribution of deviation s lies within 4 s / 316 of the truth.
TEST_CASE("distributions have the moments of their formulas") {
  const Moments constant = moments_of("3");
  CHECK(constant.least == 3);
  CHECK(constant.most == 3);

  const Moments uniform = moments_of("uniform(10, 22)");
  CHECK(uniform.mean == Approx(16).margin(0.05));
  CHECK(uniform.deviation == Approx(12 / std::sqrt(12.0)).epsilon(0.02));
  CHECK(uniform.least >= 10);
  CHECK(uniform.most < 22);

  const Moments normal = moments_of("normal(90, 30)");
  CHECK(normal.mean == Approx(90).margin(0.4));
  CHECK(normal.deviation == Approx(30).epsilon(0.02));

  const Moments exponential = moments_of("exponential(5)");
  CHECK(exponential.mean == Approx(5).margin(0.07));
  CHECK(exponential.deviation == Approx(5).epsilon(0.03));
  CHECK(exponential.least >= 0);

  // Of four parts: the deviation is half the mean.
  const Moments gamma = moments_of("gamma(8, 4)");
  CHECK(gamma.mean == Approx(8).margin(0.06));
  CHECK(gamma.deviation == Approx(4).epsilon(0.03));
  CHECK(moments_of("gamma(32, 32)").mean == Approx(32).margin(0.1));
}

TEST_CASE("a clipped distribution stays within its bounds and reaches both") {
  const Moments normal = moments_of("normal(90, 30, 20, 100)");
  CHECK(normal.least == 20);
  CHECK(normal.most == 100);
}

TEST_CASE("durations are drawn in nanoseconds") {
  const std::optional<Distribution> made = parse_distribution("uniform(1h30m 2h)", Quantity::duration);
  REQUIRE(made);
  Random random(1);
  const Duration drawn = made->draw_duration(random);
  CHECK(drawn >= 90min);
  CHECK(drawn < 120min);
}

TEST_CASE("values in turn come in their order, again and again") {
  Distribution list;
  list.shape = Distribution::Shape::in_turn;
  list.values = {5, 10, 20};
  Random random(1);
  for (std::size_t turn = 0; turn < 7; ++turn) CHECK(list.draw(random, turn) == list.values[turn % 3]);
}

TEST_CASE("what makes no sense is no distribution") {
  for (const char* text : {"", "x", "5s", "uniform(1)", "uniform(2, 1)", "uniform(1, 2, 0, 3)", "normal(1, -1)",
                           "normal(1, 2, 3)", "normal(1, 2, 4, 3)", "gamma(1, 0)", "gamma(1, 1.5)", "gamma(1, 33)",
                           "exponential()", "exponential(1", "cauchy(1, 2)", "1e3", "nan", "inf"}) {
    INFO(text);
    CHECK_FALSE(parse_distribution(text, Quantity::number));
  }
  CHECK_FALSE(parse_distribution("5", Quantity::duration));
  CHECK(parse_distribution("5s", Quantity::duration));
}
