// That the packet path asks for no memory: real packets over loopback.
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "tests/integration/icmp_loopback.h"
#include "tests/support/allocation_count.h"

namespace blipd {
namespace {

using namespace test;

struct Counted final : AnswerSink {
  std::uint64_t count = 0;
  void on_answers(std::span<const Answer> answers) override { count += answers.size(); }
};

TEST_CASE("sending and receiving echoes asks for no memory") {
  const auto prober = open_prober();
  await_stamps(*prober);
  const std::vector<ProbeRequest> requests = requests_to(Address::v4(0x7f010000), 256);
  std::vector<SendResult> results(requests.size());
  const IcmpOptions options;
  Counted answers;
  const std::uint64_t before = allocations();
  for (int round = 0; round < 40; ++round) {
    prober->send(options, requests, results);
    prober->receive(answers);
  }
  const std::uint64_t taken = allocations() - before;
  CHECK(taken == 0);
  CHECK(answers.count > 0);
}

}  // namespace
}  // namespace blipd
