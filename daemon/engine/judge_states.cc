// The state of each network, from the states of its modules.
#include <vector>

#include "daemon/engine/probing_engine.h"

namespace blipd {

void ProbingEngine::judge_states(Instant now) {
  for (NetworkRuntime& network : networks_) judge_network(network, now);
}

void ProbingEngine::judge_network(NetworkRuntime& network, Instant now) {
  // Dead web sites in a living network are seen as that; only where nothing else is asked do they stand for it.
  const BlockRuntime* best = nullptr;
  bool best_judges = false;
  for (const std::uint32_t id : network.blocks) {
    BlockRuntime& runtime = *runtimes_[id];
    const PreparedModule& module = batches_[runtime.batch].module;
    const State state =
        runtime.detector.evaluate(now - module.timeout - kHold, runtime.round, store_.find_block(id)->hosts());
    const bool judges = module.type->judges_network;
    const bool better =
        best == nullptr || (judges && !best_judges) || (judges == best_judges && state < best->detector.state());
    if (!better) continue;
    best = &runtime;
    best_judges = judges;
  }
  const State state = best == nullptr ? State::unknown : best->detector.state();
  if (state == network.state) return;
  network.state = state;
  network.since = now;
  network.since_wall.reset();
  ++network.changes;
  if (best != nullptr) events_.on_state(network.name, state, evidence_of(network, *best), now);
}

EventEvidence ProbingEngine::evidence_of(const NetworkRuntime& network, const BlockRuntime& judge) const {
  EventEvidence evidence;
  evidence.since = judge.detector.since();
  evidence.uncertainty = judge.detector.since_uncertainty();
  for (const std::uint32_t id : network.blocks) {
    const Block& block = *store_.find_block(id);
    if (!batches_[runtimes_[id]->batch].module.type->judges_network && runtimes_[id].get() != &judge) continue;
    const ProbeCounters& probes = block.probes();
    evidence.probes += probes.replies;
    for (const std::uint64_t failures : probes.failures) {
      evidence.probes += failures;
      evidence.failures += failures;
    }
    const HostConditions& hosts = block.hosts();
    if (runtimes_[id].get() != &judge) continue;
    evidence.hosts_total = hosts.known();
    evidence.hosts_affected = hosts.known() - hosts.responding;
  }
  return evidence;
}

}  // namespace blipd
