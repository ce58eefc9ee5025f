// How much memory rounds of probes ask for.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "probes/prober.h"
#include "tests/support/allocation_count.h"

namespace blipd::test {

struct Rounds {
  std::uint64_t allocations = 0;
  std::uint64_t answers = 0;
};

/// Sends all requests, reads what there is, forty times over.
inline Rounds forty_rounds(Prober& prober, const ModuleOptions& options, const std::vector<ProbeRequest>& requests) {
  struct Counted final : AnswerSink {
    std::uint64_t count = 0;
    void on_answers(std::span<const Answer> answers) override { count += answers.size(); }
  } answers;
  std::vector<SendResult> results(requests.size());
  const std::uint64_t before = allocations();
  for (int round = 0; round < 40; ++round) {
    prober.send(options, requests, results);
    prober.receive(answers);
  }
  return {allocations() - before, answers.count};
}

}  // namespace blipd::test
