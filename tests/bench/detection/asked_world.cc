#include "tests/bench/detection/asked_world.h"

#include <map>
#include <string>

#include "daemon/schedule/plan.h"

namespace blipd::bench {

AskedWorld::AskedWorld(const Scenario& scenario, std::uint64_t seed) : world_(scenario, seed) {
  for (std::size_t i = 0; i < world_.networks(); ++i) {
    AskedNetwork network;
    network.number = i;
    network.name = std::string(world_.network_name(i));
    std::map<Prefix, std::size_t> numbers;
    for (const Address& address : world_.hosts_of(i)) {
      network.prefix_of_host.push_back(numbers.try_emplace(limit_prefix(address), numbers.size()).first->second);
    }
    networks_.push_back(std::move(network));
  }
}

EchoResult AskedWorld::ask(std::size_t network, std::size_t host, Duration at) {
  const Fate fate = world_.send(world_.hosts_of(network)[host], Protocol::icmp, at, 0);
  return {.reply = fate.kind == FateKind::reply, .after = fate.after};
}

}  // namespace blipd::bench
