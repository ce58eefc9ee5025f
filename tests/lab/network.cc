#include "tests/lab/network.h"

#include <utility>

#include "tests/lab/judgement.h"
#include "tests/lab/packets.h"

namespace blipd::lab {
namespace {

// The answers to one echo request.
struct EchoAnswers {
  std::span<const std::uint8_t> request;
  const ParsedPacket& parsed;

  Bytes forged() const { return forged_reply(request, parsed); }
  Bytes stray(const Ip& neighbour) const { return echo_reply(request, parsed, neighbour); }
  Bytes reply(Elapsed) const { return echo_reply(request, parsed, parsed.destination); }
};

}  // namespace

LabNetworks::LabNetworks(Scenario scenario)
    : hosts_(std::move(scenario)), dice_(hosts_.scenario().seed), tcp_(~hosts_.scenario().seed) {
  for (const NetworkScenario& network : hosts_.scenario().networks) truth_.networks.push_back({network.name, {}, {}});
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
  const auto host = hosts_.find(parsed.destination);
  if (!host) {
    ++truth_.unknown_destination;
    return;
  }
  if (parsed.kind == PacketKind::tcp) return tcp_.receive(packet, parsed, *host, hosts_, now, truth_, out);
  Counts counts;
  if (hosts_.dark(*host, now)) {
    counts.requests = counts.lost = counts.dark = 1;
  } else {
    const Behaviour& behaviour = *host->behaviour;
    const EchoAnswers answers{packet, parsed};
    counts = judge(dice_, {packet, parsed, behaviour, now, now + dice_.delay_of(behaviour)}, answers, out);
  }
  truth_.networks[host->network].icmp.book(now, counts);
}

}  // namespace blipd::lab
