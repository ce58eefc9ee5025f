#include "probes/tcp_flows.h"

#include <algorithm>
#include <array>

#include "probes/wire/bytes.h"

namespace blipd {
namespace {

// A mixing step whose every operation can be undone: each input bit reaches about half of the output bits (the
// finalizer of MurmurHash3).
constexpr std::uint32_t kFirstFactor = 0x85ebca6b;
constexpr std::uint32_t kSecondFactor = 0xc2b2ae35;

/// The number by which a multiplication by `odd` is undone modulo 2^32. Newton's iteration doubles the right bits.
constexpr std::uint32_t inverse(std::uint32_t odd) {
  std::uint32_t result = odd;
  for (int i = 0; i < 5; ++i) result *= 2 - odd * result;
  return result;
}
static_assert(inverse(kFirstFactor) * kFirstFactor == 1 && inverse(kSecondFactor) * kSecondFactor == 1);

constexpr std::uint32_t mix(std::uint32_t x) {
  x ^= x >> 16U;
  x *= kFirstFactor;
  x ^= x >> 13U;
  x *= kSecondFactor;
  return x ^ x >> 16U;
}

constexpr std::uint32_t unmix(std::uint32_t x) {
  x ^= x >> 16U;
  x *= inverse(kSecondFactor);
  x ^= x >> 13U ^ x >> 26U;
  x *= inverse(kFirstFactor);
  return x ^ x >> 16U;
}

constexpr std::uint32_t upper(std::uint64_t value) { return static_cast<std::uint32_t>(value >> 32U); }
constexpr std::uint32_t lower(std::uint64_t value) { return static_cast<std::uint32_t>(value); }

}  // namespace

TcpFlows::TcpFlows(std::uint16_t first_port, const ReplySignature& signature)
    : first_port_(first_port), signature_(signature), clock_start_(lower(signature.hash({}))) {}

ResetMeaning TcpFlows::meaning_of(std::uint16_t port) const {
  return port - first_port_ < static_cast<int>(kStations) ? ResetMeaning::reply : ResetMeaning::refused;
}

std::uint16_t TcpFlows::source_port(TargetNumber number, ResetMeaning meaning, Instant now) const {
  std::array<std::uint8_t, 8> text;
  put_number(text, 0, number.block, 4);
  put_number(text, 4, number.place, 4);
  const auto steps = static_cast<std::uint64_t>(now.time_since_epoch() / kStep);
  const std::uint64_t station = (signature_.hash(text) % kStations + steps) % kStations;
  const std::uint64_t half = meaning == ResetMeaning::reply ? 0 : kStations;
  return static_cast<std::uint16_t>(first_port_ + half + station);
}

std::uint32_t TcpFlows::timestamp(Instant now) const {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  return clock_start_ + lower(static_cast<std::uint64_t>(milliseconds));
}

std::uint32_t TcpFlows::sequence_of(const TcpFlow& flow, FlightSlot slot) const {
  const std::uint64_t secret = secret_of(flow);
  return mix(slot ^ lower(secret)) ^ upper(secret);
}

FlightSlot TcpFlows::slot_of(const TcpFlow& flow, std::uint32_t sequence) const {
  const std::uint64_t secret = secret_of(flow);
  return unmix(sequence ^ upper(secret)) ^ lower(secret);
}

std::uint64_t TcpFlows::secret_of(const TcpFlow& flow) const {
  std::array<std::uint8_t, 20> text;
  std::copy(flow.host.bytes().begin(), flow.host.bytes().end(), text.begin());
  put_number(text, 16, flow.source_port, 2);
  put_number(text, 18, flow.destination_port, 2);
  return signature_.hash(text);
}

}  // namespace blipd
