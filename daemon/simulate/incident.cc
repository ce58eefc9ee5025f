#include "daemon/simulate/incident.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace blipd {

std::vector<PlannedIncident> plan_incidents(const std::vector<IncidentSpec>& specs, std::uint64_t seed,
                                            Duration length) {
  std::vector<PlannedIncident> planned;
  Duration last_end{};
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const IncidentSpec& spec = specs[i];
    const std::uint64_t own_seed = seed_for(seed, i);
    Random random(own_seed);
    if (!random.happens(spec.networks)) continue;
    Duration start = spec.at ? spec.at->draw_duration(random) : last_end + spec.gap.draw_duration(random);
    for (std::size_t turn = 0; turn < spec.repeat && start < length; ++turn) {
      const Duration lasts = spec.lasts.draw_duration(random, turn);
      const Duration end = spec.to_the_end ? length : std::min(length, start + std::max(lasts, Duration(1)));
      planned.push_back({&spec, seed_for(own_seed, turn), start, end});
      last_end = end;
      start = end + spec.gap.draw_duration(random, turn + 1);
    }
  }
  std::stable_sort(planned.begin(), planned.end(),
                   [](const PlannedIncident& a, const PlannedIncident& b) { return a.start < b.start; });
  return planned;
}

Incident::Incident(const PlannedIncident& plan, std::size_t prefixes, std::size_t hosts)
    : plan_(plan), prefixes_(prefixes), hosts_(hosts), touched_(hosts) {
  const IncidentSpec& spec = *plan.spec;
  if (!spec.hosts.all()) choose(spec.hosts.of(hosts), hosts);
  switch (spec.kind) {
    case IncidentKind::bursty_loss:
      process_.emplace<GilbertElliott>(spec.bursts, plan.seed, plan.start);
      break;
    case IncidentKind::flapping:
      process_.emplace<FlapProcess>(spec.flapping, plan.seed, plan.start, plan.end);
      break;
    case IncidentKind::congestion:
      process_.emplace<Bottleneck>(spec.congestion);
      if (!spec.congestion.stopping.all()) choose(spec.congestion.stopping.of(hosts), hosts);
      touched_ = hosts;
      break;
    case IncidentKind::rate_limited: {
      std::vector<EchoLimit> limits;
      for (std::size_t i = 0; i < touched_; ++i) limits.emplace_back(spec.limit, seed_for(plan.seed, i), plan.start);
      process_ = std::move(limits);
      break;
    }
    default:
      break;
  }
}

void Incident::choose(std::size_t count, std::size_t hosts) {
  std::vector<std::uint32_t> order(hosts);
  std::iota(order.begin(), order.end(), 0U);
  Random random(seed_for(plan_.seed, "hosts"));
  slots_.assign(hosts, 0);
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(order[i], order[i + random.next() % (hosts - i)]);
    slots_[order[i]] = static_cast<std::uint32_t>(i + 1);
  }
  touched_ = count;
}

Effect Incident::meet_loss(double loss, Random& random) const {
  Effect effect;
  if (!random.happens(loss)) return effect;
  effect.lost = true;
  const Way way = plan_.spec->way;
  effect.on_the_way_back = way == Way::back || (way == Way::either && random.share() < 0.5);
  add_error(effect, random);
  return effect;
}

void Incident::add_error(Effect& effect, Random& random) const {
  const ErrorsSpec& errors = plan_.spec->errors;
  if (effect.on_the_way_back || !random.happens(errors.share)) return;
  effect.answered_by_error = true;
  effect.inside = errors.inside;
  effect.error = errors.what;
}

Effect Incident::meet_flapping(FlapProcess& process, const PacketView& packet, Random& random) const {
  Effect effect;
  switch (process.state_at(packet.prefix, packet.at)) {
    case RouteState::there: {
      if (!random.happens(process.loss_between(packet.at))) break;
      effect.lost = true;
      effect.on_the_way_back = random.share() < 0.5;
      break;
    }
    case RouteState::looping:
      effect.answered_by_error = true;
      effect.error = RouterError::hop_limit;
      effect.lost = true;
      break;
    case RouteState::gone:
      effect.lost = true;
      break;
  }
  return effect;
}

Effect Incident::meet_congestion(const Bottleneck& bottleneck, const PacketView& packet, Random& random) const {
  Effect effect;
  const Duration since = packet.at - plan_.start;
  // Attacks fill the link towards the network; the way back is free.
  effect.lost = random.happens(bottleneck.loss_at(since));
  effect.queue = bottleneck.queue_at(since);
  const CongestionSpec& spec = plan_.spec->congestion;
  if (spec.stop_after && since >= *spec.stop_after && !slots_.empty() && slots_[packet.host] != 0) effect.lost = true;
  return effect;
}

Effect Incident::meet(const PacketView& packet, Random& random) {
  const IncidentSpec& spec = *plan_.spec;
  if (auto* const bottleneck = std::get_if<Bottleneck>(&process_)) return meet_congestion(*bottleneck, packet, random);
  if (!touches(packet.host)) return {};
  if (auto* const flaps = std::get_if<FlapProcess>(&process_)) return meet_flapping(*flaps, packet, random);
  if (auto* const bursts = std::get_if<GilbertElliott>(&process_)) {
    return meet_loss(bursts->bad_at(packet.at) ? spec.bursts.loss_bad : spec.bursts.loss_good, random);
  }
  if (auto* const limits = std::get_if<std::vector<EchoLimit>>(&process_)) {
    Effect effect;
    const std::size_t slot = slots_.empty() ? packet.host : slots_[packet.host] - 1;
    effect.limited = packet.protocol == Protocol::icmp && !(*limits)[slot].take(packet.at);
    effect.lost = effect.limited;
    effect.on_the_way_back = effect.limited;
    return effect;
  }
  // Renumbering is done to the addresses before a packet gets here.
  if (spec.kind == IncidentKind::renumbering) return {};
  if (spec.kind == IncidentKind::filter && packet.protocol != Protocol::icmp) return {};
  return meet_loss(spec.loss, random);
}

TrueIncident Incident::describe() const {
  const IncidentSpec& spec = *plan_.spec;
  TrueIncident told;
  told.kind = spec.kind;
  told.name = spec.name;
  told.start = plan_.start;
  told.end = plan_.end;
  told.loss = spec.loss;
  told.affected = touched_;
  told.hosts = hosts_;
  switch (spec.kind) {
    case IncidentKind::bursty_loss:
      told.loss = spec.bursts.mean_loss();
      break;
    case IncidentKind::flapping: {
      const FlapSummary summary = summarise_flaps(std::get<FlapProcess>(process_), prefixes_, plan_.start, plan_.end);
      told.start = summary.first_fall;
      told.end = summary.last_return;
      told.loss = summary.loss;
      told.period = spec.flapping.period;
      break;
    }
    case IncidentKind::congestion: {
      const Bottleneck::Summary summary = std::get<Bottleneck>(process_).summarise();
      told.start = plan_.start + summary.start;
      told.end = std::min(plan_.start + summary.end, std::max(plan_.end, told.start + Duration(1)));
      told.loss = summary.loss;
      break;
    }
    case IncidentKind::rate_limited: {
      const double own = 1.0 / to_seconds(spec.limit.every);
      told.loss = spec.limit.others > own ? 1 - own / spec.limit.others : 0;
      break;
    }
    default:
      break;
  }
  return told;
}

}  // namespace blipd
