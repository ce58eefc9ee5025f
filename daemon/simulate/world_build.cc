// A scenario and a seed -> a world: which hosts live where and when, and what happens to them.
#include <algorithm>
#include <cstring>
#include <utility>

#include "daemon/simulate/host_addresses.h"
#include "daemon/simulate/world.h"

namespace blipd {
namespace {

/// What a host of a group is in a network that does not have that group.
const HostGroup kOrdinary;

/// Of the first prefix of a family; `::` if there is none, which no packet asks for.
Address inside_router(const std::vector<Prefix>& prefixes, bool v4) {
  const auto of_family = [v4](const Prefix& p) { return p.first().is_v4() == v4; };
  const auto found = std::find_if(prefixes.begin(), prefixes.end(), of_family);
  if (found == prefixes.end()) return {};
  const Prefix& prefix = *found;
  if (prefix.host_bits() < 2) return prefix.first();
  return prefix.first().plus((std::uint64_t{1} << std::min(prefix.host_bits(), 16U)) - 2);
}

}  // namespace

World::World(Scenario scenario, std::uint64_t seed, std::string vantage)
    : scenario_(std::move(scenario)),
      seed_(seed),
      vantage_(vantage.empty() ? scenario_.vantage : std::move(vantage)),
      packet_seed_(seed_for(seed_for(seed, "\npackets"), vantage_)) {
  std::size_t networks = scenario_.references ? 1 : 0;
  std::size_t hosts = scenario_.references ? scenario_.references->host_count() : 0;
  for (const NetworkSpec& spec : scenario_.networks) {
    networks += spec.count;
    hosts += spec.count * spec.host_count();
  }
  networks_.reserve(networks);
  hosts_.reserve(hosts);
  stays_.reserve(hosts);
  first_stay_.reserve(hosts);
  add_vantage_incidents();
  for (const NetworkSpec& spec : scenario_.networks) {
    for (std::size_t i = 0; i < spec.count; ++i) add_network(spec, i, spec.name_of(i));
  }
  if (scenario_.references) add_network(*scenario_.references, 0, {});
}

void World::add_vantage_incidents() {
  const std::uint64_t seed = seed_for(seed_, "\nvantage");
  for (const PlannedIncident& plan : plan_incidents(scenario_.vantage_incidents, seed, scenario_.length)) {
    Incident incident(plan, 0, 0);
    const std::uint32_t truth = tell(incident, {});
    if (!sees(*plan.spec)) continue;
    vantage_timeline_.add(plan.start, plan.end, static_cast<std::uint32_t>(vantage_incidents_.size()));
    vantage_incidents_.push_back(std::move(incident));
    vantage_truths_.push_back(truth);
  }
}

void World::add_network(const NetworkSpec& spec, std::size_t index, std::string name) {
  Network& network = networks_.emplace_back();
  network.name = std::move(name);
  network.spec = &spec;
  const std::uint64_t seed = seed_for(seed_, network.name);
  if (spec.noise.share > 0 && spec.noise.common) {
    network.noise = GilbertElliott(spec.noise, seed_for(seed, "noise"), Duration::zero());
  }
  const std::size_t first_host = hosts_.size();
  const std::size_t first_stay = stays_.size();
  const std::vector<Prefix> prefixes = prefixes_of(spec, index);
  network.inside4 = inside_router(prefixes, true);
  network.inside6 = inside_router(prefixes, false);
  add_hosts(network, index, seed);
  add_incidents(network, index, seed_for(seed, "incidents"), first_host, first_stay);
}

void World::add_hosts(Network& network, std::size_t index, std::uint64_t seed) {
  network.addresses = host_addresses(*network.spec, index);
  std::size_t next = 0;
  for (std::size_t g = 0; g < network.spec->groups.size(); ++g) {
    const HostGroup& group = network.spec->groups[g];
    Random choice(seed_for(seed_for(seed, "groups"), g));
    const bool has_it = choice.happens(group.networks);
    const std::size_t count = group.addresses.empty() ? group.count : group.addresses.size();
    for (std::size_t i = 0; i < count; ++i)
      add_host(network, has_it ? group : kOrdinary, network.addresses[next++], seed);
  }
  const std::vector<Prefix> prefixes = prefixes_of(*network.spec, index);
  for (std::size_t i = hosts_.size() - next; i < hosts_.size(); ++i) {
    const Address& address = network.addresses[hosts_[i].number];
    const auto holds = [&address](const Prefix& prefix) { return prefix.contains(address); };
    hosts_[i].prefix =
        static_cast<std::uint32_t>(std::find_if(prefixes.begin(), prefixes.end(), holds) - prefixes.begin());
  }
}

void World::add_host(Network& network, const HostGroup& group, const Address& address, std::uint64_t seed) {
  const NetworkSpec& spec = *network.spec;
  const auto number = static_cast<std::uint32_t>(&address - network.addresses.data());
  Host host;
  host.seed = seed_for(seed_for(seed, "host"), number);
  host.group = &group;
  host.loss = group.loss;
  host.network = static_cast<std::uint32_t>(networks_.size() - 1);
  host.number = number;
  // The network's delay is one draw for all its hosts.
  Random of_network(seed_for(seed, "delay"));
  Random random(host.seed);
  const Duration base = spec.delay.draw_duration(of_network);
  host.delay = (group.delay ? group.delay->draw_duration(random) : base) + spec.host_delay.draw_duration(random);
  // Paths of 5 to 19 hops; one host in five starts from 128.
  const auto hops = static_cast<std::uint8_t>(5 + of_network.next() % 15);
  host.hop_limit = static_cast<std::uint8_t>((random.happens(0.2) ? 128 : 64) - hops);
  host.tail = random.happens(spec.tail.hosts);
  if (spec.noise.share > 0 && !spec.noise.common) {
    host.noise = GilbertElliott(spec.noise, seed_for(host.seed, "noise"), Duration::zero());
  }
  if (group.off) {
    const double share = random.share();
    host.phase =
        group.off->phase.value_or(Duration(static_cast<Duration::rep>(to_seconds(group.off->every) * share * 1e9)));
  }
  if (group.reboots) {
    host.restarts = static_cast<std::uint32_t>(restarts_.size());
    restarts_.emplace_back(*group.reboots, seed_for(host.seed, "reboots"));
  }
  if (group.limit) {
    host.limit = static_cast<std::uint32_t>(limits_.size());
    limits_.emplace_back(*group.limit, seed_for(host.seed, "limit"), Duration::zero());
  }
  add_stay(address, static_cast<std::uint32_t>(hosts_.size()), Duration::zero(), Duration::max());
  hosts_.push_back(host);
}

void World::add_incidents(Network& network, std::size_t index, std::uint64_t seed, std::size_t first_host,
                          std::size_t first_stay) {
  const std::vector<Prefix> prefixes = prefixes_of(*network.spec, index);
  for (const PlannedIncident& plan : plan_incidents(network.spec->incidents, seed, scenario_.length)) {
    Incident incident(plan, prefixes.size(), network.addresses.size());
    const std::uint32_t truth = tell(incident, network.name);
    if (!sees(*plan.spec)) continue;
    if (plan.spec->kind == IncidentKind::renumbering) {
      renumber(incident, first_host, first_stay, prefixes);
      continue;
    }
    network.timeline.add(plan.start, plan.end, static_cast<std::uint32_t>(network.incidents.size()));
    network.incidents.push_back(std::move(incident));
    network.truths.push_back(truth);
  }
}

std::uint32_t World::tell(const Incident& incident, const std::string& network) {
  TrueIncident told = incident.describe();
  told.network = network;
  told.seen = sees(*incident.plan().spec);
  truth_.push_back(std::move(told));
  return static_cast<std::uint32_t>(truth_.size() - 1);
}

void World::add_stay(const Address& address, std::uint32_t host, Duration from, Duration to) {
  const auto number = static_cast<std::uint32_t>(stays_.size());
  const auto [found, added] = first_stay_.try_emplace(address, number);
  stays_.push_back({address, host, added ? kNone : found->second, from, to});
  found->second = number;
}

void World::renumber(const Incident& incident, std::size_t first_host, std::size_t first_stay,
                     const std::vector<Prefix>& prefixes) {
  const Duration start = incident.plan().start;
  const Duration end = incident.plan().end;
  const std::uint64_t shift = incident.plan().spec->shift;
  const std::size_t stays = stays_.size();
  for (std::size_t i = first_stay; i < stays; ++i) {
    const Stay old = stays_[i];
    if (!incident.touches(static_cast<std::uint32_t>(old.host - first_host)) || start < old.from || start >= old.to)
      continue;
    stays_[i].to = start;
    const Duration until = std::min(end, old.to);
    // At the end of the scenario nobody looks whether the hosts come back.
    if (until < std::min(old.to, scenario_.length)) add_stay(old.address, old.host, until, old.to);
    const Address moved = old.address.plus(shift);
    const bool inside =
        std::any_of(prefixes.begin(), prefixes.end(), [&moved](const Prefix& p) { return p.contains(moved); });
    const bool taken = std::any_of(
        stays_.begin() + static_cast<std::ptrdiff_t>(first_stay), stays_.end(),
        [&](const Stay& other) { return other.address == moved && other.from < until && other.to > start; });
    if (shift != 0 && inside && !taken) add_stay(moved, old.host, start, until);
  }
}

std::size_t World::AddressHash::operator()(const Address& address) const {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, address.bytes().data(), sizeof high);
  std::memcpy(&low, address.bytes().data() + sizeof high, sizeof low);
  return static_cast<std::size_t>(mix(high ^ mix(low)));
}

}  // namespace blipd
