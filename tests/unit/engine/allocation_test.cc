// That probing asks for no memory once it runs.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/support/allocation_count.h"
#include "tests/support/catch.h"
#include "tests/support/fake_network.h"

namespace blipd {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Answers at once what `answers` lets through, from room that was made before.
class ThriftyProber final : public Prober {
 public:
  ThriftyProber(const Instant& now, const bool& answers) : now_(now), answers_(answers) { waiting_.reserve(4096); }

  void send(const ModuleOptions&, std::span<const ProbeRequest> requests, std::span<SendResult> results) override {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      results[i] = {now_, 0};
      if (!answers_ && octet(requests[i]) == 1) continue;
      // One in two thousand is lost, so that suspects, failures and adaptive probes are part of it.
      if (octet(requests[i]) == 2 && ++sent_ % 2000 == 0) continue;
      Answer answer;
      answer.kind = AnswerKind::reply;
      answer.number = requests[i].number;
      answer.slot = requests[i].slot;
      answer.from = requests[i].to;
      answer.hop_limit = 60;
      answer.received = now_ + milliseconds(1);
      waiting_.push_back(answer);
    }
  }
  bool receive(AnswerSink& sink) override {
    const auto late =
        std::find_if(waiting_.begin(), waiting_.end(), [&](const Answer& a) { return a.received > now_; });
    if (late == waiting_.begin()) return false;
    sink.on_answers(std::span(waiting_.begin(), late));
    waiting_.erase(waiting_.begin(), late);
    return false;
  }
  bool quotes(const Answer&, const ProbeRequest&) const override { return false; }
  std::vector<int> descriptors() const override { return {}; }
  ProberFaults faults() override { return {}; }

 private:
  static unsigned octet(const ProbeRequest& request) { return test::octet_of(request.to); }

  const Instant& now_;
  const bool& answers_;
  std::uint64_t sent_ = 0;
  std::vector<Answer> waiting_;
};

TEST_CASE("a step asks for no memory once the engine runs") {
  Instant now{std::chrono::hours(1)};
  bool answers = true;
  EnginePorts ports;
  ports.open = [&](const ProberType&, const ProbeEnvironment&) -> Result<std::unique_ptr<Prober>> {
    return std::unique_ptr<Prober>(new ThriftyProber(now, answers));
  };
  ports.is_local_fault = [](const Answer&) { return false; };
  const std::unique_ptr<Engine> engine = Engine::create(std::move(ports), 7);
  test::ConfigBuilder builder;
  for (unsigned n = 0; n < 10; ++n) builder.network("network-" + std::to_string(n), n, 250);
  builder.references(3, 2);
  Result<PreparedConfigPtr> prepared = engine->prepare(builder.build(), now);
  REQUIRE(prepared.has_value());
  engine->apply(std::move(*prepared), now);
  const auto run_for = [&](Duration span) {
    for (const Instant end = now + span; now < end; now += milliseconds(2)) engine->step(now);
  };
  // Every ring, queue and scratch grows to its size.
  run_for(minutes(8));
  const std::uint64_t before = test::allocations();
  run_for(minutes(2));
  const std::uint64_t taken = test::allocations() - before;
  CHECK(taken == 0);

  SECTION("what happens to one network costs memory for the event alone") {
    answers = false;
    run_for(seconds(60));
    const std::uint64_t dark = test::allocations();
    run_for(seconds(60));
    const std::uint64_t ten_thousand_probes = test::allocations() - dark;
    INFO(ten_thousand_probes << " allocations");
    CHECK(ten_thousand_probes < 2000);
  }
}

}  // namespace
}  // namespace blipd
