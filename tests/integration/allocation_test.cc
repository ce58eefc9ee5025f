// That the packet path asks for no memory: real packets over loopback.
#include "tests/integration/icmp_loopback.h"
#include "tests/integration/rounds_of_probes.h"

namespace blipd {
namespace {

using namespace test;

TEST_CASE("sending and receiving echoes asks for no memory") {
  const auto prober = open_prober();
  await_stamps(*prober);
  const Rounds rounds = forty_rounds(*prober, IcmpOptions(), requests_to(Address::v4(0x7f010000), 256));
  CHECK(rounds.allocations == 0);
  CHECK(rounds.answers > 0);
}

}  // namespace
}  // namespace blipd
