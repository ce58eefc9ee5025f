#include "tests/lab/world/world_packets.h"

#include <algorithm>

#include "daemon/simulate/host_addresses.h"
#include "daemon/simulate/random.h"
#include "tests/lab/packets.h"

namespace blipd::lab {
namespace {

Address address_of(const Ip& ip) { return ip.v6 ? Address(ip.bytes) : Address::v4(read_u32(ip.bytes, 0)); }

Ip ip_of(const Address& address) {
  Ip ip;
  ip.v6 = !address.is_v4();
  if (ip.v6) {
    ip.bytes = address.bytes();
  } else {
    put_u32(ip.bytes, 0, address.v4_value());
  }
  return ip;
}

std::size_t write_error(std::span<const std::uint8_t> packet, const ParsedPacket& parsed, const Fate& fate,
                        std::span<std::uint8_t> out) {
  ErrorText error{ip_of(fate.from), fate.error.type, fate.error.code};
  error.hop_limit = fate.hop_limit;
  return write_icmp_error(packet, parsed, error, out);
}

std::size_t write_tcp(const Segment& syn, const Fate& fate, Elapsed now, std::span<std::uint8_t> out) {
  const SynAckOptions options(syn, now);
  // Another host's numbers need not be guessed by anybody here; they only have to differ.
  const auto sequence = static_cast<std::uint32_t>(seed_for(syn.sequence, static_cast<std::uint64_t>(now.count())));
  HostSegment segment =
      fate.kind == FateKind::refused ? reset_segment(syn) : syn_ack_segment(syn, syn.ends, sequence, options);
  segment.hop_limit = fate.hop_limit;
  return write_segment(segment, out);
}

}  // namespace

Fate WorldPackets::ask(const Ip& to, Protocol protocol, Elapsed now) {
  const Address address = address_of(to);
  const Fate fate = world_.send(address, protocol, now, ++counts_.requests);
  // References are of no network, but somebody is always there.
  if (fate.why == LossCause::no_host && !world_.network_of(address)) ++counts_.unknown_destination;
  if (fate.kind != FateKind::lost) ++counts_.answers;
  return fate;
}

std::optional<PlannedAnswer> WorldPackets::receive(std::span<const std::uint8_t> packet, Elapsed now,
                                                   std::span<std::uint8_t> out) {
  const ParsedPacket parsed = parse_packet(packet);
  if (parsed.kind == PacketKind::bad_checksum) {
    ++counts_.bad_checksum;
    return std::nullopt;
  }
  if (parsed.kind == PacketKind::tcp) {
    const Segment segment = parse_segment(packet, parsed);
    if ((segment.flags & (kSyn | kAck | kRst)) == kSyn) {
      const Fate fate = ask(parsed.destination, Protocol::tcp, now);
      if (fate.kind == FateKind::lost) return std::nullopt;
      const bool error = fate.kind == FateKind::icmp_error;
      return PlannedAnswer{error ? write_error(packet, parsed, fate, out) : write_tcp(segment, fate, now, out),
                           now + fate.after};
    }
  }
  if (parsed.kind != PacketKind::echo_request) {
    ++counts_.ignored;
    return std::nullopt;
  }
  const Fate fate = ask(parsed.destination, Protocol::icmp, now);
  if (fate.kind == FateKind::lost) return std::nullopt;
  const bool error = fate.kind == FateKind::icmp_error;
  return PlannedAnswer{error ? write_error(packet, parsed, fate, out)
                             : write_echo_reply(packet, parsed, parsed.destination, fate.hop_limit, out),
                       now + fate.after};
}

Result<Routing> routing_of(const World& world) {
  Routing routing{*Ip::parse(kWorldAddress), *Ip::parse(kWorldAddress6), {}, false};
  const blipd::Scenario& scenario = world.scenario();
  std::vector<Prefix> prefixes;
  std::vector<Address> references;
  if (scenario.references) {
    prefixes = scenario.references->prefixes;
    references = host_addresses(*scenario.references, 0);
  }
  for (const NetworkSpec& network : scenario.networks) {
    for (std::size_t i = 0; i < network.count; ++i) {
      const std::vector<Prefix> more = prefixes_of(network, i);
      prefixes.insert(prefixes.end(), more.begin(), more.end());
    }
  }
  for (const Ip& own : {routing.address, routing.address6}) {
    const Address address = address_of(own);
    if (world.network_of(address) || std::find(references.begin(), references.end(), address) != references.end()) {
      return Error{scenario.file + ": " + own.to_string() + " is the lab's own address, no host can have it"};
    }
  }
  for (const Prefix& prefix : prefixes) {
    routing.routes.push_back({ip_of(prefix.first()), prefix.length()});
    routing.needs6 = routing.needs6 || !prefix.first().is_v4();
  }
  return routing;
}

}  // namespace blipd::lab
