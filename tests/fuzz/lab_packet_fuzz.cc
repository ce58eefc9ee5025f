// Packets from the TUN device into a world: as they are, and with a checksum that is right, as nothing else would come
// far. Whatever comes out is a whole packet, to whoever asked.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "tests/lab/world/world_packets.h"

namespace {

using namespace blipd::lab;

constexpr const char* kScenario = R"(
networks:
  - name: all
    prefixes: [198.18.0.0/24, "2001:db8:1::/64"]
    hosts: [{count: 4, loss: 0}, {count: 2, loss: 0, tcp: refused}]
    incidents: [{kind: host_fault, loss: 0.5, errors: {share: 0.5, from: outside}}]
)";

blipd::World& world() {
  static blipd::World world(*blipd::parse_scenario(kScenario, "fuzz.yaml"), 1);
  return world;
}

void require(bool holds) {
  if (!holds) std::abort();
}

void ask(std::span<const std::uint8_t> packet) {
  WorldPackets packets(world());
  std::array<std::uint8_t, kMtu> out{};
  const auto answer = packets.receive(packet, std::chrono::minutes(1), out);
  require(answer.has_value() == (packets.counts().answers == 1));
  if (!answer) return;
  require(answer->size <= out.size() && answer->at > std::chrono::minutes(1));
  const auto written = std::span<const std::uint8_t>(out).first(answer->size);
  const bool v6 = packet[0] >> 4 == 6;
  require(written[0] >> 4 == packet[0] >> 4);
  require(written.size() == (v6 ? kHeader6 + read_u16(written, 4) : read_u16(written, 2)));
  const auto source = packet.subspan(v6 ? 8 : 12, v6 ? 16 : 4);
  const auto destination = written.subspan(v6 ? 24 : 16, source.size());
  for (std::size_t i = 0; i < source.size(); ++i) require(source[i] == destination[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> bytes(data, size);
  if (size > kMtu) return 0;
  ask(bytes);
  const ParsedPacket parsed = parse_packet(bytes);
  require(parsed.size <= size && parsed.header_size <= parsed.size);
  if (parsed.kind != PacketKind::bad_checksum) return 0;
  const bool tcp = bytes[parsed.source.v6 ? 6 : 9] == kTcp.protocol;
  const Transport& transport = tcp ? kTcp : parsed.source.v6 ? kIcmp6 : kIcmp;
  Bytes payload(bytes.begin() + static_cast<std::ptrdiff_t>(parsed.header_size),
                bytes.begin() + static_cast<std::ptrdiff_t>(parsed.size));
  put_u16(payload, transport.checksum_at, 0);
  const Bytes right = wrap(transport, parsed.source, parsed.destination, payload);
  require(parse_packet(right).kind == (tcp ? PacketKind::tcp : PacketKind::echo_request));
  ask(right);
  return 0;
}
