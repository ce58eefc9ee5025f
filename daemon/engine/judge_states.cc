// The state of each network and its event, from the states and episodes of its modules.
#include <algorithm>
#include <utility>
#include <vector>

#include "daemon/detect/host_memory.h"
#include "daemon/engine/probing_engine.h"

namespace blipd {
namespace {

constexpr Duration kSweepInterval = std::chrono::seconds(5);
constexpr Duration kInspectInterval = std::chrono::minutes(1);

/// Of two modules in trouble, whose trouble is the network's: of the one that is better off, or that was fine longer.
bool speaks_before(const ModuleDetector& a, const ModuleDetector& b) {
  return a.trouble() != b.trouble() ? a.trouble() < b.trouble() : a.episode()->start > b.episode()->start;
}

}  // namespace

void ProbingEngine::look_at(std::size_t network) {
  NetworkRuntime& runtime = networks_[network];
  if (runtime.looked_at) return;
  runtime.looked_at = true;
  look_.push_back(static_cast<std::uint32_t>(network));
}

void ProbingEngine::judge_states(Instant now) {
  // Those with news, those in trouble, and all of them now and then.
  if (now >= next_sweep_) {
    next_sweep_ = now + kSweepInterval;
    for (std::size_t i = 0; i < networks_.size(); ++i) look_at(i);
  }
  looking_.swap(look_);
  look_.clear();
  for (const std::uint32_t i : looking_) networks_[i].looked_at = false;
  bool curious = false;
  for (const std::uint32_t i : looking_) {
    judge_network(networks_[i], now);
    for (const std::uint32_t id : networks_[i].blocks) {
      const ModuleDetector& detector = runtimes_[id]->detector;
      if (detector.attentive()) look_at(i);
      curious = curious || detector.curious();
    }
  }
  for (Batch& batch : adaptive_batches_) flush(batch, now);
  if (!curious) return;
  // Whoever doubts a network asks the references at once.
  ask_references(now);
  evidence_.curious = true;
}

void ProbingEngine::judge_network(NetworkRuntime& network, Instant now) {
  for (const std::uint32_t id : network.blocks) {
    BlockRuntime& runtime = *runtimes_[id];
    const Block& block = *store_.find_block(id);
    const Instant until = judged_until(now) - batches_[runtime.batch].module.timeout - kHold;
    const bool due = now >= runtime.next_inspection;
    if (due || runtime.detector.wants_first_look(until)) runtime.detector.inspect(block.targets(), until);
    if (due) {
      runtime.next_inspection = now + std::max(kInspectInterval, runtime.round);
      test_limits(network, id, now);
    }
    runtime.detector.judge(vantage_, conditions_of(id), until, now);
    ask_further(id, now);
    ask_for_limits(id, now);
  }
  sync_event(network, now);
  State state = State::unknown;
  for (const std::uint32_t id : network.voices) state = std::min(state, runtimes_[id]->detector.state());
  if (state == network.state) return;
  network.state = state;
  network.since = now;
  network.since_wall.reset();
  ++network.changes;
}

std::vector<std::uint32_t> ProbingEngine::voices_of(const NetworkRuntime& network) const {
  // Dead web sites in a living network are seen as that; only where nothing else is asked do they stand for it.
  std::vector<std::uint32_t> voices;
  for (const bool judges : {true, false}) {
    for (const std::uint32_t id : network.blocks) {
      const BlockRuntime& runtime = *runtimes_[id];
      if (batches_[runtime.batch].module.type->judges_network != judges) continue;
      if (runtime.hosts.size() != 0) voices.push_back(id);
    }
    if (!voices.empty()) break;
  }
  return voices;
}

std::vector<std::uint32_t> ProbingEngine::judges_of(const NetworkRuntime& network) const {
  // As above, where hosts that are named and not resolved yet are as good as others.
  std::vector<std::uint32_t> judges;
  for (const std::uint32_t id : network.blocks) {
    if (batches_[runtimes_[id]->batch].module.type->judges_network) judges.push_back(id);
  }
  return judges.empty() ? network.blocks : judges;
}

void ProbingEngine::sync_event(NetworkRuntime& network, Instant now) {
  // The network is in trouble while each module that knows something is; the one that is best off speaks.
  const auto& voices = network.voices;
  for (const std::uint32_t id : network.blocks) {
    const bool alone = voices.size() == 1 && voices.front() == id;
    // What a module without a say went through is nobody's event, unless it was told before.
    for (const Episode& episode : runtimes_[id]->detector.take_ended()) {
      const bool told = network.event_block == id && network.event_serial == episode.serial;
      if (told || alone) close_event(network, id, episode, now);
    }
  }
  std::optional<std::uint32_t> speaker;
  bool fine = false;
  bool counting = false;  // the trouble that was told is over, and its last probes are not counted yet
  for (const std::uint32_t id : network.voices) {
    const ModuleDetector& detector = runtimes_[id]->detector;
    const std::optional<Episode>& episode = detector.episode();
    const bool over = episode && episode->end;
    const bool told = network.event_block == id && episode && network.event_serial == episode->serial;
    if (over && told) {
      counting = true;
      speaker = id;
    } else if (!episode || over) {
      // One that is over opens no event, and keeps no other's open until its own probes are counted.
      fine = fine || detector.state() != State::unknown;
    } else if (!counting && (!speaker || speaks_before(detector, runtimes_[*speaker]->detector))) {
      speaker = id;
    }
  }
  if (speaker && (counting || !fine)) {
    const Episode& episode = *runtimes_[*speaker]->detector.episode();
    Event event = event_of(network, *speaker, episode);
    event.end.reset();  // is told when its probes are counted
    events_.update(network.name, std::move(event), now);
    network.event_block = speaker;
    network.event_serial = episode.serial;
  } else if (network.event_block) {
    // Another module is answered again, though this one is not; or this one has no hosts any more, and no say.
    const std::uint32_t id = *network.event_block;
    std::optional<Episode> episode = runtimes_[id]->detector.episode();
    if (!episode || episode->serial != network.event_serial) {
      network.event_block.reset();
      return events_.end(network.name, now);
    }
    if (!episode->end) episode->end = now;
    close_event(network, id, *episode, now);
  }
}

void ProbingEngine::close_event(NetworkRuntime& network, std::uint32_t block, const Episode& episode, Instant now) {
  events_.close(network.name, event_of(network, block, episode), now);
  network.event_block.reset();
}

Event ProbingEngine::event_of(const NetworkRuntime& network, std::uint32_t block, const Episode& episode) const {
  Event event;
  runtimes_[block]->detector.describe(episode, event);
  for (const std::uint32_t id : network.blocks) {
    if (runtimes_[id]->detector.state() == State::up)
      event.evidence.answering.push_back(store_.find_block(id)->module());
  }
  return event;
}

void ProbingEngine::ask_further(std::uint32_t id, Instant now) {
  // Where a loss is suspected, other hosts are asked at once: a few a second, within every limit, in no ratio.
  constexpr Duration kBetweenOfFew = std::chrono::seconds(1);
  constexpr unsigned kMostInARowOfFew = 10;
  constexpr std::size_t kMostTries = 8;
  BlockRuntime& runtime = *runtimes_[id];
  const std::size_t hosts = runtime.hosts.size();
  // A service that is in trouble is not asked more for it.
  const std::optional<Question>& question = runtime.detector.question();
  if (!question || hosts == 0 || !batches_[runtime.batch].module.type->judges_network) {
    runtime.asked_in_a_row = 0;
    return;
  }
  const bool few = hosts < kFewHosts;
  const Duration apart = few ? std::max<Duration>(question->apart, kBetweenOfFew) : question->apart;
  if (now < runtime.asked_at + apart || (few && runtime.asked_in_a_row >= kMostInARowOfFew)) return;
  if (!schedule_.has_left(id, question->reserve, now)) return;
  const Block& block = *store_.find_block(id);
  for (std::size_t i = 0; i < std::min(kMostTries, hosts); ++i) {
    // A stride near the golden section of the hosts visits them all and is seldom twice in one prefix.
    runtime.question += static_cast<std::uint32_t>(hosts * 618 / 1000) | 1U;
    const auto ordinal = static_cast<std::uint32_t>(runtime.question % hosts);
    const std::uint32_t place = runtime.places.empty() ? ordinal : runtime.places[ordinal];
    const TargetState& target = block.targets()[place];
    // Whoever fails by itself proves nothing, and neither does whoever has just failed, if there are others.
    const bool failed = target.suspect_run != 0 && !question->anybody;
    if (!few && (failed || !is_good(target)) && i + 1 < std::min(kMostTries, hosts)) continue;
    if (!schedule_.admit(id, ordinal, question->reserve, now)) continue;
    Batch& batch = adaptive_batches_[runtime.batch];
    const std::string_view name = runtime.hosts.names ? std::string_view((*runtime.hosts.names)[ordinal]) : "";
    enqueue(batch, {id, place}, target.address, name, now);
    runtime.asked_at = now;
    ++runtime.asked_in_a_row;
    return;
  }
}

}  // namespace blipd
