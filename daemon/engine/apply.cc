// The switch to a prepared configuration.
#include <algorithm>
#include <utility>

#include "daemon/engine/probing_engine.h"

namespace blipd {
namespace {

/// A send should carry about this many probes where the rate allows it. Alone, a probe costs twice as much.
constexpr double kProbesPerSend = 64;
constexpr Duration kLeastQuantum = std::chrono::milliseconds(1);
constexpr Duration kMostQuantum = std::chrono::milliseconds(40);
/// Of the shortest interval: a probe that is half a round late is missed.
constexpr Duration::rep kQuantaOfRound = 5;

}  // namespace

void ProbingEngine::apply(PreparedConfigPtr prepared, Instant now) {
  if (!started_) started_ = now;
  if (now - *started_ > RestoredHosts::kPatience) restored_hosts_.clear();
  const ReferencesConfig before = config_ ? config_->vantage.references : ReferencesConfig{};
  config_ = prepared->config;
  configured_ = std::move(prepared->networks);
  std::swap(catalog_, prepared->catalog);
  window_lengths_.clear();
  for (const WindowConfig& window : config_->windows) window_lengths_.push_back(window.length);
  targets_ = prepared->targets;
  const double gathered = kProbesPerSend / std::max(prepared->probes_per_second, 1.0);
  Duration most = kMostQuantum;
  for (const ModuleConfig& module : config_->modules) most = std::min(most, module.interval / kQuantaOfRound);
  quantum_ =
      std::clamp(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(gathered)), kLeastQuantum, most);

  apply_probers(prepared->catalog, now);
  const ReferencesConfig& after = config_->vantage.references;
  without_references_ = after.hosts.empty();
  reference_batch_.module = prepared->reference;
  reference_batch_.purpose = Purpose::reference;
  if (prepared->reference.prober) reference_batch_.lane = store_.lane(after.timeout);
  const bool changed = before.hosts != after.hosts || before.quorum != after.quorum ||
                       before.interval != after.interval || before.timeout != after.timeout ||
                       references_.size() != after.hosts.size();
  if (changed && !follows()) apply_references(after, now);

  batches_.clear();
  Duration shortest = Duration::max();
  for (PreparedModule& module : prepared->modules) {
    if (module.type->judges_network) shortest = std::min(shortest, module.timeout);
    Batch batch;
    batch.lane = store_.lane(module.timeout);
    batch.module = std::move(module);
    batches_.push_back(std::move(batch));
  }
  vantage_.set_patience(shortest == Duration::max() ? Duration::zero() : shortest / 2);
  adaptive_batches_ = batches_;
  for (Batch& batch : adaptive_batches_) batch.purpose = Purpose::adaptive;
  apply_networks(*prepared, now);
}

void ProbingEngine::apply_probers(const Catalog& before, Instant now) {
  for (const OpenedProber& opened : before.probers) {
    const bool kept = std::any_of(catalog_.probers.begin(), catalog_.probers.end(),
                                  [&](const OpenedProber& o) { return o.prober == opened.prober; });
    if (kept) continue;
    for (ActiveProber& active : probers_) {
      if (active.prober == opened.prober) active.retired_at = now;
    }
  }
  for (const OpenedProber& opened : catalog_.probers) {
    const bool known =
        std::any_of(probers_.begin(), probers_.end(), [&](const ActiveProber& a) { return a.prober == opened.prober; });
    if (!known) probers_.push_back({opened.prober, std::nullopt, opened.prober->faults().receive_drops});
  }
}

void ProbingEngine::apply_references(const ReferencesConfig& references, Instant now) {
  vantage_.configure({references.hosts.size(), references.quorum, config_->detection.spotty}, now);
  first_reference_ = store_.add_references(references.hosts);
  references_.clear();
  for (std::size_t i = 0; i < references.hosts.size(); ++i) {
    // Spread over the interval, so that together they look more often.
    const auto share =
        static_cast<Duration::rep>(i) * references.interval / static_cast<Duration::rep>(references.hosts.size());
    references_.push_back({references.hosts[i], now + share});
  }
}

void ProbingEngine::apply_networks(PreparedConfig& prepared, Instant now) {
  const LimitsConfig& limits = config_->limits;
  schedule_.set_limits({prepared.packets_per_second, limits.per_prefix_per_second, limits.per_network_per_hour},
                       prepared.prefix_origin);
  for (const std::uint32_t id : prepared.gone) {
    schedule_.remove(id);
    store_.retire_block(id);
    runtimes_[id].reset();
  }
  for (const NetworkRuntime& network : networks_) {
    if (!catalog_.order.contains(network.name)) events_.abandon(network.name, now);
  }
  const auto& before = prepared.catalog.order;  // what was in force, as networks_
  std::vector<NetworkRuntime> networks;
  networks.reserve(configured_.size());
  for (const NetworkConfig* network : configured_) {
    const auto known = before.find(network->name);
    if (known != before.end()) {
      networks.push_back(std::move(networks_[known->second]));
      networks.back().blocks.clear();
      networks.back().looked_at = false;
    } else {
      NetworkRuntime fresh;
      fresh.name = network->name;
      fresh.since = now;
      networks.push_back(std::move(fresh));
    }
  }
  networks_ = std::move(networks);
  look_.clear();
  next_sweep_ = now;
  common_silence_.clear();
  common_silence_.resize(networks_.size());
  for (PreparedBlock& block : prepared.blocks) apply_block(block, now);
  for (NetworkRuntime& network : networks_) {
    network.voices = voices_of(network);
    // An event that a module told which is not asked any more.
    const auto& blocks = network.blocks;
    if (!network.event_block || std::find(blocks.begin(), blocks.end(), *network.event_block) != blocks.end()) continue;
    network.event_block.reset();
    const auto other = std::find_if(blocks.begin(), blocks.end(),
                                    [&](std::uint32_t id) { return runtimes_[id]->detector.episode().has_value(); });
    if (other == blocks.end()) {
      events_.end(network.name, now);
      continue;
    }
    // It is the network's all the same, and another module that sees it goes on telling it.
    network.event_block = *other;
    network.event_serial = runtimes_[*other]->detector.episode()->serial;
  }
}

void ProbingEngine::apply_block(PreparedBlock& block, Instant now) {
  const std::uint32_t id = block.schedule.block;
  if (block.fresh) {
    const std::string& network = configured_[block.network]->name;
    store_.add_block(std::make_unique<Block>(id, network, batches_[block.module].module.name, window_lengths_));
    if (runtimes_.size() <= id) runtimes_.resize(id + 1);
    runtimes_[id] = std::make_unique<BlockRuntime>();
    // Spread over a minute: looking at all hosts of all networks at once would take a while.
    constexpr std::uint32_t kTurns = 60'000;
    runtimes_[id]->next_inspection = now + std::chrono::milliseconds(id * 2'654'435'769U % kTurns);
  }
  Block& stored = *store_.find_block(id);
  stored.set_windows(window_lengths_);
  const bool retargeted = block.retarget;
  if (retargeted) stored.replace_targets(std::move(block.targets));
  stored.keep_host_records(configured_[block.network]->per_host_metrics);
  BlockRuntime& runtime = *runtimes_[id];
  runtime.network = block.network;
  runtime.batch = block.module;
  runtime.places = std::move(block.places);
  runtime.hosts = std::move(block.hosts);
  runtime.round = block.schedule.round;
  const DetectionConfig& detection = config_->detection;
  runtime.detector.configure({detection.spotty, detection.down, detection.blip,
                              detection.false_outages_per_network_month, window_lengths_.front(),
                              std::max<std::uint64_t>(runtime.hosts.size(), 1), runtime.round});
  if (retargeted && !restored_hosts_.empty()) restored_hosts_.give(stored, runtime.hosts, runtime.places, now);
  if (retargeted) runtime.detector.recount(stored.targets());
  networks_[block.network].blocks.push_back(id);
  stored.count_missed(schedule_.put(std::move(block.schedule), now));
}

}  // namespace blipd
