// What the tests of scenarios and worlds share.
#pragma once

#include <chrono>
#include <string>

#include "daemon/simulate/scenario.h"
#include "daemon/simulate/world.h"
#include "tests/support/catch.h"

namespace blipd {

using namespace std::chrono_literals;

/// One network "net" of `hosts` hosts without loss in one /24 per four of them, 100 ms away, and what `rest` adds to
/// it.
inline std::string network_text(const std::string& rest, const std::string& length = "1d") {
  return "length: " + length +
         "\nnetworks:\n  - name: net\n    prefixes: [10.0.0.0/24, 10.0.1.0/24, 10.0.2.0/24, 10.0.3.0/24]\n"
         "    delay: 100ms\n" +
         rest;
}

inline const std::string kSixteenHosts = "    hosts: [{count: 16, loss: 0}]\n";

inline Scenario scenario_of(const std::string& text) {
  Result<Scenario> scenario = parse_scenario(text, "test.yaml");
  if (scenario.has_error()) FAIL(scenario.error().message);
  return *scenario;
}

inline Address v4(int third, int fourth) {
  return Address::v4(0x0a000000U + static_cast<std::uint32_t>(third * 256 + fourth));
}

/// Asks for one host once each `step` from `from` on, `count` times, and gives the share that was lost.
inline double loss_of(World& world, const Address& host, Duration from, Duration step, int count) {
  int lost = 0;
  for (int i = 0; i < count; ++i) {
    lost += world.send(host, Protocol::icmp, from + step * i, 0).kind == FateKind::reply ? 0 : 1;
  }
  return static_cast<double>(lost) / count;
}

}  // namespace blipd
