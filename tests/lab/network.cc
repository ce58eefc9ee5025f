#include "tests/lab/network.h"

#include <algorithm>
#include <utility>

namespace blipd::lab {

LabNetworks::LabNetworks(Scenario scenario) : scenario_(std::move(scenario)), random_(scenario_.seed) {
  for (std::size_t i = 0; i < scenario_.networks.size(); ++i) {
    const NetworkScenario& network = scenario_.networks[i];
    std::uint64_t index = 0;
    for (const IpPrefix& prefix : network.prefixes) {
      ranges_.push_back({prefix, i, index});
      index += prefix.count();
    }
    NetworkTruth truth;
    truth.name = network.name;
    truth_.networks.push_back(std::move(truth));
  }
  std::sort(ranges_.begin(), ranges_.end(),
            [](const Range& a, const Range& b) { return a.prefix.first < b.prefix.first; });
}

const LabNetworks::Range* LabNetworks::find(const Ip& address) const {
  auto after = std::upper_bound(ranges_.begin(), ranges_.end(), address,
                                [](const Ip& ip, const Range& range) { return ip < range.prefix.first; });
  if (after == ranges_.begin()) return nullptr;
  --after;
  return after->prefix.contains(address) ? &*after : nullptr;
}

const Behaviour& LabNetworks::behaviour_of(const NetworkScenario& network, const Ip& address) const {
  if (network.hosts.empty()) return network.behaviour;
  const auto found = network.hosts.find(address);
  return found == network.hosts.end() ? network.behaviour : found->second;
}

bool LabNetworks::dark(const Range& range, const Behaviour& behaviour, const Ip& address, Elapsed now) const {
  const NetworkScenario& network = scenario_.networks[range.network];
  const bool silent =
      network.silent_hosts > 0 && range.first_index + range.prefix.offset_of(address) < network.silent_hosts;
  return silent || behaviour.dark_at(now) || within(scenario_.outages, now);
}

// 53 random bits are used in place of a std distribution, whose sequence differs between standard libraries.
bool LabNetworks::happens(double probability) {
  if (probability <= 0) return false;
  return static_cast<double>(random_() >> 11) * 0x1p-53 < probability;
}

Elapsed LabNetworks::delay_of(const Behaviour& behaviour) {
  if (behaviour.jitter <= Elapsed::zero()) return behaviour.delay;
  const double share = static_cast<double>(random_() >> 11) * 0x1p-53;
  return behaviour.delay + Elapsed(static_cast<std::int64_t>(share * static_cast<double>(behaviour.jitter.count())));
}

Counts LabNetworks::answer(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const Behaviour& behaviour,
                           Elapsed now, std::vector<PlannedPacket>& out) {
  Counts counts;
  const Elapsed at = now + delay_of(behaviour);
  if (happens(behaviour.forge)) {
    ++counts.forged;
    out.push_back({at, forged_reply(packet, parsed)});
  }
  if (happens(behaviour.stray)) {
    ++counts.stray;
    Ip neighbour = parsed.destination;
    neighbour.bytes[neighbour.size() - 1] ^= 1;
    out.push_back({at, echo_reply(packet, parsed, neighbour)});
  }
  if (happens(behaviour.loss)) {
    ++counts.lost;
  } else if (happens(behaviour.error.probability)) {
    ++counts.errors;
    const ErrorAnswers& error = behaviour.error;
    const bool v6 = parsed.destination.v6;
    out.push_back({at, icmp_error(packet, parsed, v6 ? *error.from6 : *error.from, v6 ? error.type6 : error.type,
                                  v6 ? error.code6 : error.code, error.quote)});
  } else if (happens(behaviour.late.probability)) {
    ++counts.late;
    out.push_back({at + behaviour.late.delay, echo_reply(packet, parsed, parsed.destination)});
  } else {
    ++counts.answered;
    out.push_back({at, echo_reply(packet, parsed, parsed.destination)});
    if (happens(behaviour.duplicate)) {
      ++counts.duplicates;
      PlannedPacket second = out.back();
      out.push_back(std::move(second));
    }
  }
  return counts;
}

void LabNetworks::receive(std::span<const std::uint8_t> packet, Elapsed now, std::vector<PlannedPacket>& out) {
  const ParsedPacket parsed = parse_packet(packet);
  if (parsed.kind == PacketKind::other) {
    ++truth_.ignored;
    return;
  }
  if (parsed.kind == PacketKind::bad_checksum) {
    ++truth_.bad_checksum;
    return;
  }
  const Range* range = find(parsed.destination);
  if (range == nullptr) {
    ++truth_.unknown_destination;
    return;
  }
  const Behaviour& behaviour = behaviour_of(scenario_.networks[range->network], parsed.destination);
  Counts counts;
  if (dark(*range, behaviour, parsed.destination, now)) {
    counts.lost = counts.dark = 1;
  } else {
    counts = answer(packet, parsed, behaviour, now, out);
  }
  counts.requests = 1;
  truth_.book(range->network, now, counts);
}

}  // namespace blipd::lab
