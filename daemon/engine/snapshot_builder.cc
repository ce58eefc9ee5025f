#include <algorithm>
#include <utility>

#include "daemon/config/module_hosts.h"
#include "daemon/engine/probing_engine.h"

namespace blipd {
namespace {

constexpr Duration kReadyAtLast = std::chrono::seconds(30);

OpenEvent open_event(const Event& event, Instant now, WallTime wall) {
  // Whole seconds: between two readings of the wall clock the time of one moment differs by a little.
  const WallTime start = wall - std::chrono::duration_cast<WallTime::duration>(now - event.start);
  return {event.event_class, std::chrono::round<std::chrono::seconds>(start)};
}

}  // namespace

std::shared_ptr<Snapshot> ProbingEngine::snapshot(Instant now, WallTime wall) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->taken = wall;
  if (!config_) return snapshot;
  snapshot->vantage = config_->vantage.name;
  for (const WindowConfig& window : config_->windows) snapshot->window_labels.push_back(window.label);
  std::size_t blocks = 0;
  snapshot->networks.reserve(networks_.size());
  const auto each_block = [&](std::size_t network, const auto& visit) {
    if (network >= networks_.size()) return;
    for (const std::uint32_t id : networks_[network].blocks) visit(*store_.find_block(id));
  };
  for (std::size_t i = 0; i < networks_.size(); ++i) {
    // Nothing of them has been looked at for a while; waits for memory that run side by side cost as much as one.
    each_block(i + 4, [](const Block& block) { block.fetch_books(); });
    each_block(i + 2, [&](const Block& block) {
      block.fetch_windows();
      if (runtimes_[block.id()]) runtimes_[block.id()]->detector.fetch_shape();
    });
    snapshot->networks.push_back(network_snapshot(networks_[i], now, wall));
    snapshot->networks.back().labels = configured_[i]->labels;
    snapshot->networks.back().hosts = configured_[i]->hosts.size();
    snapshot->networks.back().names = configured_[i]->names.size();
    snapshot->networks.back().unresolved_names = unresolved_names(*configured_[i]);
    blocks += networks_[i].blocks.size();
  }
  snapshot->vantage_ok = vantage_.ok();
  for (std::size_t i = 0; i < references_.size(); ++i) {
    snapshot->references.push_back({references_[i].address.to_string(), vantage_.responding(i)});
  }
  const PurposeCounters& reference = store_.references();
  if (!references_.empty()) {
    snapshot->extra.push_back({"", "", Purpose::reference, reference.replies, reference.failures, reference.voids});
  }
  snapshot->extra.reserve(snapshot->extra.size() + blocks);
  for (const NetworkRuntime& network : networks_) {
    for (const std::uint32_t id : network.blocks) {
      const Block& block = *store_.find_block(id);
      const PurposeCounters& adaptive = block.extra(Purpose::adaptive);
      snapshot->extra.push_back(
          {network.name, block.module(), Purpose::adaptive, adaptive.replies, adaptive.failures, adaptive.voids});
    }
  }
  if (const Event* const event = events_.open_vantage()) snapshot->vantage_event = open_event(*event, now, wall);
  snapshot->vantage_events = events_.ended_vantage();
  snapshot->targets = targets_;
  if (ports_.resolve_failures) snapshot->resolve_failures = ports_.resolve_failures();
  snapshot->stray = store_.stray();
  snapshot->forged = store_.forged();
  snapshot->rtt_below_zero = store_.rtt_below_zero();
  ProberFaults faults = closed_;
  for (const ActiveProber& active : probers_) faults += active.prober->faults();
  snapshot->receive_drops = faults.receive_drops;
  snapshot->clock_steps = faults.clock_steps;
  snapshot->unstamped = faults.unstamped;
  snapshot->refused = store_.refused();
  snapshot->unroutable = store_.unroutable();
  snapshot->suspended = suspended_;
  snapshot->lag = lag_;
  snapshot->ready = first_rounds_ended(now);
  snapshot->sending = sending_;
  return snapshot;
}

NetworkSnapshot ProbingEngine::network_snapshot(NetworkRuntime& network, Instant now, WallTime wall) const {
  NetworkSnapshot snapshot;
  snapshot.name = network.name;
  snapshot.state = network.state;
  if (!network.since_wall) {
    network.since_wall = wall - std::chrono::duration_cast<WallTime::duration>(now - network.since);
  }
  snapshot.since = *network.since_wall;
  snapshot.state_changes = network.changes;
  if (const Event* const event = events_.open(network.name)) snapshot.open_event = open_event(*event, now, wall);
  snapshot.events = events_.ended(network.name);
  for (const std::uint32_t id : network.voices) {
    const ModuleDetector& detector = runtimes_[id]->detector;
    if (!snapshot.loss_burst_ratio) snapshot.loss_burst_ratio = detector.burst_ratio();
    const LossRunHistogram& runs = detector.loss_runs();
    for (std::size_t i = 0; i < runs.buckets.size(); ++i) snapshot.loss_runs.buckets[i] += runs.buckets[i];
    snapshot.loss_runs.count += runs.count;
    snapshot.loss_runs.sum += runs.sum;
  }
  snapshot.modules.reserve(network.blocks.size());
  for (const std::uint32_t id : network.blocks) {
    const Block& block = *store_.find_block(id);
    snapshot.modules.push_back(module_snapshot(block, now));
    // A host that answers one module is there; the module that hears most hosts knows best.
    const HostConditions& hosts = block.hosts();
    const std::uint64_t responding = hosts.responding + hosts.wavering;
    if (responding < snapshot.hosts_responding) continue;
    if (responding > snapshot.hosts_responding || hosts.silent > snapshot.hosts_silent) {
      snapshot.hosts_responding = responding;
      snapshot.hosts_silent = hosts.silent;
    }
  }
  return snapshot;
}

ModuleSnapshot ProbingEngine::module_snapshot(const Block& block, Instant now) const {
  const BlockRuntime& runtime = *runtimes_[block.id()];
  const PreparedModule& module = batches_[runtime.batch].module;
  ModuleSnapshot snapshot;
  snapshot.module = block.module();
  snapshot.prober = std::string(module.type->name);
  snapshot.round = runtime.round;
  snapshot.targets = block.active_targets();
  snapshot.probes = block.probes();
  snapshot.rtt = block.rtt();
  // Before the first verdict nothing is booked, and windows hold what an earlier run has left.
  const Instant judged = judged_until(now) == Instant{} ? now : judged_until(now);
  const Instant until = judged - module.timeout - kHold;
  snapshot.windows = block.ratios(until);
  snapshot.hosts_limited = runtime.detector.limited().count();
  snapshot.availability = block.availability().counts();
  snapshot.hosts = host_snapshots(block, until);
  snapshot.state = runtime.detector.state();
  if (std::optional<HttpFigures> http = block.http()) snapshot.http = std::make_shared<const HttpFigures>(*http);
  snapshot.errors = block.errors();
  std::sort(snapshot.errors.begin(), snapshot.errors.end(),
            [](const ErrorEvidence& a, const ErrorEvidence& b) { return a.count > b.count; });
  return snapshot;
}

std::vector<HostSnapshot> ProbingEngine::host_snapshots(const Block& block, Instant until) const {
  std::vector<HostSnapshot> hosts;
  if (!block.keeps_host_records()) return hosts;
  const BlockRuntime& runtime = *runtimes_[block.id()];
  const NetworkConfig& network = *configured_[runtime.network];
  auto named = network.named.begin();
  for (std::size_t i = 0; i < runtime.hosts.size(); ++i) {
    const std::uint32_t place = runtime.places.empty() ? static_cast<std::uint32_t>(i) : runtime.places[i];
    HostSnapshot host = block.host(place, until);
    while (named != network.named.end() && named->address < host.address) ++named;
    if (runtime.hosts.names) {
      host.host = (*runtime.hosts.names)[i];
    } else if (named != network.named.end() && named->address == host.address) {
      host.host = named->name;
    } else {
      host.host = host.address.to_string();
    }
    hosts.push_back(std::move(host));
  }
  return hosts;
}

bool ProbingEngine::first_rounds_ended(Instant now) const {
  if (!started_) return false;
  if (now - *started_ >= kReadyAtLast) return true;
  for (const NetworkRuntime& network : networks_) {
    for (const std::uint32_t id : network.blocks) {
      // A host that is not known yet keeps nobody waiting.
      if (runtimes_[id]->hosts.size() != 0 && schedule_.rounds_ended(id) == 0) return false;
    }
  }
  return true;
}

}  // namespace blipd
