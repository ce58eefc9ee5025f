#include "daemon/simulate/world.h"

#include <algorithm>
#include <array>
#include <chrono>

namespace blipd {
namespace {

/// The two routers in front of every network (RFC 5737, RFC 3849).
constexpr std::uint32_t kOutside4 = 0xcb0071fcU;  // 203.0.113.252, and .253
constexpr std::array<std::uint8_t, 16> kOutside6{0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xfc};

constexpr Duration kShortestRoundTrip = std::chrono::microseconds(1);

Address outside_router(bool v4, bool second) {
  return v4 ? Address::v4(kOutside4 + (second ? 1 : 0)) : Address(kOutside6).plus(second ? 1 : 0);
}

/// RFC 792 and RFC 4443.
IcmpErrorCode code_of(RouterError error, bool v4) {
  switch (error) {
    case RouterError::net_unreachable:
      return v4 ? IcmpErrorCode{3, 0} : IcmpErrorCode{1, 0};
    case RouterError::host_unreachable:
      return v4 ? IcmpErrorCode{3, 1} : IcmpErrorCode{1, 3};
    case RouterError::port_unreachable:
      return v4 ? IcmpErrorCode{3, 3} : IcmpErrorCode{1, 4};
    case RouterError::prohibited:
      return v4 ? IcmpErrorCode{3, 13} : IcmpErrorCode{1, 1};
    case RouterError::hop_limit:
      return v4 ? IcmpErrorCode{11, 0} : IcmpErrorCode{3, 0};
  }
  return {};
}

/// Marks `fate` as lost, unless something before it was.
void lose(Fate& fate, LossCause why, bool on_the_way_back, std::uint32_t incident = kNoIncident) {
  if (fate.why != LossCause::none) return;
  fate.kind = FateKind::lost;
  fate.why = why;
  fate.on_the_way_back = on_the_way_back;
  fate.incident = incident;
}

bool is_off(const OffHours& off, Duration phase, Duration at) {
  // Before the first start it is the tail of an earlier one.
  const Duration since = at - phase % off.every;
  return (since < Duration::zero() ? since + off.every : since % off.every) < off.lasts;
}

}  // namespace

std::string_view to_string(LossCause cause) {
  constexpr std::array<std::string_view, kLossCauses> kNames{
      "answered", "vantage", "incident", "noise", "no_host", "silent_host", "host_off", "rate_limit", "host_loss"};
  return kNames[static_cast<std::size_t>(cause)];
}

Fate World::send(const Address& to, Protocol protocol, Duration at, std::uint64_t nonce) {
  at = std::max(at, Duration::zero());
  std::uint32_t any_host = kNone;
  const Stay* const stay = stay_at(to, at, any_host);
  Fate fate;
  if (any_host == kNone) {
    fate.why = LossCause::no_host;
    return fate;
  }
  Host& host = hosts_[stay == nullptr ? any_host : stay->host];
  if (stay == nullptr) {
    fate.why = LossCause::no_host;
  } else {
    fate = decide(to, protocol, at, nonce, host);
  }
  if (bucket_ > Duration::zero()) count(networks_[host.network], at, fate.why);
  return fate;
}

const World::Stay* World::stay_at(const Address& address, Duration at, std::uint32_t& any_host) const {
  const auto found = first_stay_.find(address);
  if (found == first_stay_.end()) return nullptr;
  any_host = stays_[found->second].host;
  for (std::uint32_t i = found->second; i != kNone; i = stays_[i].next) {
    if (stays_[i].from <= at && at < stays_[i].to) return &stays_[i];
  }
  return nullptr;
}

std::optional<std::size_t> World::network_of(const Address& address) const {
  const auto found = first_stay_.find(address);
  if (found == first_stay_.end()) return std::nullopt;
  const std::size_t network = hosts_[stays_[found->second].host].network;
  return network < networks() ? std::optional(network) : std::nullopt;
}

Fate World::decide(const Address& to, Protocol protocol, Duration at, std::uint64_t nonce, Host& host) {
  const std::uint64_t packet =
      mix(static_cast<std::uint64_t>(at.count())) + 2 * mix(nonce) + (protocol == Protocol::tcp ? 1 : 0);
  Random random(seed_for(host.seed ^ packet_seed_, packet));
  Fate fate;
  Fate back;
  if (meet_vantage(at, random, fate, back)) return fate;
  if (meet_network(to, host, protocol, at, random, fate, back)) {
    // What loses replies loses a router's errors as well.
    return fate.kind == FateKind::icmp_error && back.why != LossCause::none ? back : fate;
  }
  if (meet_host(host, protocol, at, random, fate, back)) return fate;
  if (back.why != LossCause::none) return back;
  answer(to, host, protocol, random, fate);
  return fate;
}

bool World::meet_vantage(Duration at, Random& random, Fate& fate, Fate& back) {
  for (const std::uint32_t i : vantage_timeline_.at(at)) {
    const Effect effect = vantage_incidents_[i].meet({0, 0, Protocol::icmp, at}, random);
    if (effect.lost)
      lose(effect.on_the_way_back ? back : fate, LossCause::vantage, effect.on_the_way_back, vantage_truths_[i]);
  }
  return fate.why != LossCause::none;
}

bool World::meet_network(const Address& to, Host& host, Protocol protocol, Duration at, Random& random, Fate& fate,
                         Fate& back) {
  Network& network = networks_[host.network];
  const PacketView packet{host.number, host.prefix, protocol, at};
  for (const std::uint32_t i : network.timeline.at(at)) {
    const Effect effect = network.incidents[i].meet(packet, random);
    fate.after += effect.queue;
    if (!effect.lost) continue;
    const LossCause why = effect.limited ? LossCause::rate_limit : LossCause::incident;
    if (effect.on_the_way_back) {
      lose(back, why, true, network.truths[i]);
      continue;
    }
    lose(fate, why, false, network.truths[i]);
    if (effect.answered_by_error) answer_by_error(to, host, effect, random, fate);
    return true;
  }
  GilbertElliott& noise = network.spec->noise.common ? network.noise : host.noise;
  const BurstsSpec& spec = network.spec->noise;
  if (spec.share > 0 && random.happens(noise.bad_at(at) ? spec.loss_bad : spec.loss_good)) {
    const bool on_the_way_back = random.share() < 0.5;
    lose(on_the_way_back ? back : fate, LossCause::noise, on_the_way_back);
  }
  return fate.why != LossCause::none;
}

bool World::meet_host(Host& host, Protocol protocol, Duration at, Random& random, Fate& fate, Fate& back) {
  const HostGroup& group = *host.group;
  if (group.silent || (protocol == Protocol::tcp && group.tcp == TcpAnswer::silent)) {
    lose(fate, LossCause::silent_host, true);
    return true;
  }
  const bool restarting = host.restarts != kNone && restarts_[host.restarts].down_at(at);
  if (restarting || (group.off && is_off(*group.off, host.phase, at))) {
    lose(fate, LossCause::host_off, true);
    return true;
  }
  const bool lost = random.happens(host.loss);
  const bool on_the_way_back = random.share() < 0.5;
  if (lost && !on_the_way_back) {
    lose(fate, LossCause::host_loss, false);
    return true;
  }
  if (protocol == Protocol::icmp && host.limit != kNone && !limits_[host.limit].take(at)) {
    lose(fate, LossCause::rate_limit, true);
    return true;
  }
  if (lost) lose(back, LossCause::host_loss, true);
  return false;
}

void World::answer(const Address& to, const Host& host, Protocol protocol, Random& random, Fate& fate) const {
  const NetworkSpec& spec = *networks_[host.network].spec;
  const bool refused = protocol == Protocol::tcp && host.group->tcp == TcpAnswer::refused;
  fate.kind = refused ? FateKind::refused : FateKind::reply;
  fate.from = to;
  fate.hop_limit = host.hop_limit;
  fate.after += host.delay + spec.jitter.draw_duration(random);
  if (host.tail && random.happens(spec.tail.probability)) fate.after += spec.tail.delay.draw_duration(random);
  fate.after = std::max(fate.after, kShortestRoundTrip);
}

void World::answer_by_error(const Address& to, const Host& host, const Effect& effect, Random& random,
                            Fate& fate) const {
  const Network& network = networks_[host.network];
  const bool v4 = to.is_v4();
  fate.kind = FateKind::icmp_error;
  fate.error = code_of(effect.error, v4);
  // Circling packets die at either router; anything else is told by the first.
  const bool second = effect.error == RouterError::hop_limit && random.share() < 0.5;
  fate.from = effect.inside ? (v4 ? network.inside4 : network.inside6) : outside_router(v4, second);
  fate.hop_limit = static_cast<std::uint8_t>(effect.inside ? 250 : 253);
  // The way to the routers outside is the first half of the way; a circling packet lives out its 64 hops.
  fate.after += effect.inside || effect.error == RouterError::hop_limit ? host.delay : host.delay / 2;
  fate.after = std::max(fate.after, kShortestRoundTrip);
}

void World::record(Duration bucket) {
  bucket_ = bucket;
  for (Network& network : networks_) network.counts.clear();
}

void World::count(Network& network, Duration at, LossCause why) {
  const std::int64_t bucket = at / bucket_;
  if (network.counts.empty() || network.counts.back().bucket != bucket) {
    network.counts.emplace_back().bucket = bucket;
  }
  Counts& counts = network.counts.back();
  ++counts.asked;
  ++counts.by_cause[static_cast<std::size_t>(why)];
}

}  // namespace blipd
