#include "daemon/simulate/bottleneck.h"

#include "tests/unit/simulate/scenario_input.h"

using namespace blipd;

namespace {

CongestionSpec attack() {
  CongestionSpec spec;
  spec.capacity = 2.5;
  spec.load_from = 1.5;
  spec.load_to = 5.97;
  spec.ramp = 600s;
  spec.hold = 3353s;
  spec.buffer = 250ms;
  return spec;
}

/// The first moment at which `test` holds, to a tenth of a second.
template <class Test>
Duration first(const Bottleneck& link, Test test) {
  for (Duration at{}; at < link.end(); at += 100ms) {
    if (test(at)) return at;
  }
  return Duration::max();
}

}  // namespace

TEST_CASE("loss is what does not fit, once the queue is full") {
  const CongestionSpec spec = attack();
  const Bottleneck link(spec);
  CHECK(link.loss_at(0s) == 0);
  CHECK(link.queue_at(0s) == 0s);
  CHECK(link.loss_at(1000s) == Approx(1 - 2.5 / 5.97));
  CHECK(link.queue_at(1000s) == 250ms);
  CHECK(link.loss_at(3953s) == 0);
  CHECK(link.load_at(300s) == Approx((1.5 + 4.47 / 2) / 2.5));
}

TEST_CASE("the queue fills as the integral of what is offered too much") {
  // The load passes 2.5 after 600 * 1 / 4.47 = 134.2 s; from then on the queue grows as 0.00298 t^2 / 2 seconds, so
  // that 250 ms are full 12.95 s later.
  const CongestionSpec spec = attack();
  const Bottleneck link(spec);
  CHECK(to_seconds(first(link, [&](Duration at) { return link.load_at(at) > 1; })) == Approx(134.2).margin(0.2));
  CHECK(to_seconds(first(link, [&](Duration at) { return link.loss_at(at) > 0; })) == Approx(147.2).margin(0.2));
  CHECK(to_seconds(link.queue_at(140s)) == Approx(0.00298 / 2 * 5.77 * 5.77).epsilon(0.02));
}

TEST_CASE("delay rises well before loss") {
  CongestionSpec spec = attack();
  spec.burst = 5ms;
  const Bottleneck link(spec);
  CHECK(link.queue_at(0s) == 0s);
  const Duration rises = first(link, [&](Duration at) { return link.queue_at(at) > 25ms; });
  const Duration loses = first(link, [&](Duration at) { return link.loss_at(at) > 0; });
  CHECK(loses - rises > 30s);
  Duration before{};
  for (Duration at{}; at < 600s; at += 1s) {
    CHECK(link.queue_at(at) >= before);
    before = link.queue_at(at);
  }
}

TEST_CASE("a queue drains when the load falls") {
  CongestionSpec spec = attack();
  spec.fall = 600s;
  const Bottleneck link(spec);
  // The load falls below the capacity 600 * 3.47 / 4.47 = 465.8 s into the fall.
  const Duration below = 3953s + 465770ms;
  CHECK(link.loss_at(below - 2s) > 0);
  CHECK(link.loss_at(below + 1s) == 0);
  CHECK(link.queue_at(below) > 249ms);
  CHECK(to_seconds(link.queue_at(below + 10s)) == Approx(0.25 - 0.00298 / 2 * 100).epsilon(0.05));
  CHECK(link.queue_at(below + 14s) == 0s);
}

TEST_CASE("a load that fits makes no loss") {
  CongestionSpec spec = attack();
  spec.load_to = 2.4;
  spec.burst = 5ms;
  const Bottleneck link(spec);
  CHECK(first(link, [&](Duration at) { return link.loss_at(at) > 0; }) == Duration::max());
  CHECK(link.summarise().loss == 0);
  CHECK(link.summarise().end == link.end());
  CHECK(link.summarise().start > 400s);
}

TEST_CASE("the truth of congestion starts with the loss") {
  const CongestionSpec spec = attack();
  const Bottleneck::Summary summary = Bottleneck(spec).summarise();
  CHECK(to_seconds(summary.start) == Approx(147.2).margin(2));
  CHECK(summary.end == 3953s);
  CHECK(summary.loss == Approx(0.56).margin(0.02));
}
