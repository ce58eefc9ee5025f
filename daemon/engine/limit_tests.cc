// Hosts whose answers are limited: who is tested, by what, and when (daemon/detect/rate_limit_test.h).
#include <algorithm>
#include <utility>

#include "daemon/detect/host_memory.h"
#include "daemon/engine/probing_engine.h"
#include "daemon/schedule/plan.h"

namespace blipd {
namespace {

/// A host that was tested is left alone for so long.
constexpr Duration kBetweenTests = std::chrono::hours(6);
/// Of an hourly allowance so much is left for what cannot wait, and for following what is found.
constexpr double kReserve = 60;
/// Lossy hosts looked at in one inspection: where more are, it is not they that are limited one by one.
constexpr std::size_t kMostLossy = 64;

}  // namespace

const TargetState* ProbingEngine::same_host(std::uint32_t id, const Address& address) const {
  const BlockRuntime& runtime = *runtimes_[id];
  if (!runtime.hosts.addresses) return nullptr;
  const std::vector<Address>& addresses = *runtime.hosts.addresses;
  const auto found = std::lower_bound(addresses.begin(), addresses.end(), address);
  if (found == addresses.end() || *found != address) return nullptr;
  const auto ordinal = static_cast<std::uint32_t>(found - addresses.begin());
  const std::uint32_t place = runtime.places.empty() ? ordinal : runtime.places[ordinal];
  return &store_.find_block(id)->targets()[place];
}

void ProbingEngine::test_limits(const NetworkRuntime& network, std::uint32_t id, Instant now) {
  BlockRuntime& runtime = *runtimes_[id];
  const PreparedModule& module = batches_[runtime.batch].module;
  if (!module.type->judges_network) return;
  ModuleDetector& detector = runtime.detector;
  const std::vector<TargetState>& targets = store_.find_block(id)->targets();
  detector.review_limited(targets);
  std::vector<std::uint32_t> candidates;
  std::vector<Prefix> prefixes;
  std::size_t lossy = 0;
  for (std::size_t place = 0; place < targets.size() && lossy < kMostLossy; ++place) {
    const TargetState& host = targets[place];
    if (!host.active || !may_be_limited(host)) continue;
    ++lossy;
    bool asked_otherwise = false;
    for (const std::uint32_t other_id : network.blocks) {
      const ProberType* const other_type = batches_[runtimes_[other_id]->batch].module.type;
      if (other_type == module.type || !other_type->judges_network) continue;
      const TargetState* const other = same_host(other_id, host.address);
      if (other == nullptr) continue;
      asked_otherwise = true;
      const bool flat = !is_delayed(host, std::chrono::microseconds(host.rtt_us));
      if (flat && limited_by_pairs(host, *other)) detector.add_limited(static_cast<std::uint32_t>(place), host);
    }
    // Another module tells sooner, and at no cost. One host of a prefix at a time fits what its limit leaves.
    const Prefix prefix = limit_prefix(host.address);
    if (asked_otherwise || detector.limited().contains(static_cast<std::uint32_t>(place)) ||
        std::find(prefixes.begin(), prefixes.end(), prefix) != prefixes.end()) {
      continue;
    }
    prefixes.push_back(prefix);
    candidates.push_back(static_cast<std::uint32_t>(place));
  }
  if (candidates.empty() || detector.limit_test().running() || now < runtime.next_limit_test) return;
  runtime.next_limit_test = now + kBetweenTests;
  detector.limit_test().begin(candidates, runtime.round, now);
}

void ProbingEngine::ask_for_limits(std::uint32_t id, Instant now) {
  BlockRuntime& runtime = *runtimes_[id];
  RateLimitTest& test = runtime.detector.limit_test();
  if (!test.running()) return;
  const Block& block = *store_.find_block(id);
  const Batch& background = batches_[runtime.batch];
  if (runtime.detector.trouble() == State::down || runtime.detector.state() == State::unknown) return test.stop();
  if (const auto limited = test.verdict(now - background.module.timeout)) {
    for (const std::uint32_t place : *limited) {
      if (place < block.targets().size()) runtime.detector.add_limited(place, block.targets()[place]);
    }
    return;
  }
  const std::optional<std::uint32_t> place = test.wanted(now);
  if (!place) return;
  const auto& places = runtime.places;
  const auto found = std::find(places.begin(), places.end(), *place);
  const std::size_t ordinal = places.empty() ? *place : static_cast<std::size_t>(found - places.begin());
  if (ordinal >= runtime.hosts.size()) return test.stop();  // it has gone
  if (!schedule_.admit(id, static_cast<std::uint32_t>(ordinal), kReserve, now)) return;
  test.asked(*place, now);
  const std::string_view name = runtime.hosts.names ? std::string_view((*runtime.hosts.names)[ordinal]) : "";
  enqueue(adaptive_batches_[runtime.batch], {id, *place}, block.targets()[*place].address, name, now);
}

HostConditions ProbingEngine::conditions_of(std::uint32_t id) const {
  const Block& block = *store_.find_block(id);
  HostConditions conditions = block.hosts();
  const ModuleDetector& detector = runtimes_[id]->detector;
  if (!detector.disregards_limited()) return conditions;
  for (const std::uint32_t place : detector.limited().places()) {
    if (place >= block.targets().size()) continue;
    const TargetState& host = block.targets()[place];
    if (host.active && host.failure_run >= kSilentAfter && conditions.silent != 0) --conditions.silent;
  }
  return conditions;
}

}  // namespace blipd
