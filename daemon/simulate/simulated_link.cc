#include "daemon/simulate/simulated_link.h"

#include <algorithm>
#include <string>
#include <utility>

#include "daemon/schedule/plan.h"
#include "daemon/simulate/simulated_prober.h"

namespace blipd {
namespace {

/// The limit_prefix of an address as one number; IPv4 and IPv6 never meet.
std::uint64_t prefix_number(const Address& address) {
  const auto& bytes = address.bytes();
  const std::size_t first = address.is_v4() ? 10 : 0;  // the mark of IPv4, and its first three octets
  const std::size_t last = address.is_v4() ? 15 : 6;
  std::uint64_t number = 0;
  for (std::size_t i = first; i < last; ++i) number = number << 8U | bytes[i];
  return number << 1U | (address.is_v4() ? 1U : 0U);
}

}  // namespace

EnginePorts SimulatedLink::ports(std::function<void(const Event&)> on_event) {
  EnginePorts ports;
  ports.open = [this](const ProberType& type, const ProbeEnvironment&) -> Result<std::unique_ptr<Prober>> {
    std::optional<Protocol> protocol;
    if (type.name == "icmp") protocol = Protocol::icmp;
    if (type.name == "tcp_syn") protocol = Protocol::tcp;
    if (!protocol) return Error{"a simulation plays icmp and tcp_syn, not " + std::string(type.name)};
    auto prober = std::make_unique<SimulatedProber>(*this, *protocol);
    arrivals_.push_back(prober->next_arrival());
    return std::unique_ptr<Prober>(std::move(prober));
  };
  ports.is_local_fault = [](const Answer&) { return false; };
  ports.on_event = std::move(on_event);
  return ports;
}

std::optional<Instant> SimulatedLink::next_arrival() const {
  std::optional<Instant> next;
  for (const auto& arrival : arrivals_) {
    const auto at = arrival.lock();
    if (at && *at && (!next || **at < *next)) next = *at;
  }
  return next;
}

void SimulatedLink::count(const Address& to) {
  const std::optional<std::size_t> network = world_.network_of(to);
  if (!network) return;  // a reference is in no budget
  ++sent_;
  if (of_network_.size() <= *network) of_network_.resize(*network + 1);
  ++of_network_[*network];
  ++of_prefix_[prefix_number(to)];
}

Traffic SimulatedLink::traffic(Duration span) const {
  Traffic traffic;
  traffic.probes = sent_;
  std::uint64_t network = 0;
  for (const std::uint64_t count : of_network_) network = std::max(network, count);
  std::uint64_t prefix = 0;
  for (const auto& [number, count] : of_prefix_) prefix = std::max(prefix, count);
  const double seconds = to_seconds(span);
  traffic.busiest_network_per_hour = static_cast<double>(network) / seconds * 3600;
  traffic.busiest_prefix_per_second = static_cast<double>(prefix) / seconds;
  return traffic;
}

}  // namespace blipd
