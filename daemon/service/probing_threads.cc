#include "daemon/service/probing_threads.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace blipd {

Result<std::unique_ptr<ProbingThreads>> ProbingThreads::open(const EnginePorts& ports, std::uint64_t seed,
                                                             std::size_t threads) {
  std::unique_ptr<ProbingThreads> opened(new ProbingThreads(threads));
  const std::vector<EngineSeat> seats = engine_seats(threads);
  for (std::size_t i = 0; i < threads; ++i) {
    auto driven = std::make_unique<Driven>();
    ProbingThread::Options options;
    if (threads > 1) {
      options.name = "blipd-probing" + std::to_string(i);
      options.snapshots = [merge = &opened->merge_, i, own = driven.get()](std::shared_ptr<Snapshot> part) {
        merge->put(i, own->generation, std::move(part));
      };
    }
    driven->engine = Engine::create(ports, seed + i, seats[i]);
    Result<std::unique_ptr<ProbingThread>> thread = ProbingThread::open(*driven->engine, std::move(options));
    if (thread.has_error()) return thread.error();
    driven->thread = std::move(thread.value());
    opened->engines_.push_back(std::move(driven));
  }
  return opened;
}

Result<ProbingThreads::Prepared> ProbingThreads::prepare(const std::shared_ptr<const Config>& config, Instant now) {
  if (config->engine_threads != count()) {
    return Error{"engine_threads: a change from " + std::to_string(count()) + " to " +
                 std::to_string(config->engine_threads) + " needs a restart"};
  }
  Prepared prepared;
  if (alone()) {
    Result<PreparedConfigPtr> whole = engines_.front()->engine->prepare(config, now);
    if (whole.has_error()) return whole.error();
    prepared.parts.push_back(std::move(whole.value()));
    return prepared;
  }
  Seating before;
  {
    const std::lock_guard lock(mutex_);
    before = seating_;
  }
  Shares shares = share_out(*config, engines_.size(), before);
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    Result<PreparedConfigPtr> part = engines_[i]->engine->prepare_share(config, std::move(shares.engines[i]), now);
    if (part.has_error()) return part.error();
    prepared.parts.push_back(std::move(part.value()));
  }
  for (const NetworkConfig& network : config->networks) prepared.order.push_back(shares.seating.at(network.name));
  prepared.seating = std::move(shares.seating);
  return prepared;
}

std::uint64_t ProbingThreads::begin_generation(const Prepared& prepared) {
  const std::lock_guard lock(mutex_);
  ++generation_;
  seating_ = prepared.seating;
  merge_.expect(generation_, prepared.order);
  return generation_;
}

void ProbingThreads::apply(Prepared prepared, Instant now) {
  const std::uint64_t generation = begin_generation(prepared);
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    engines_[i]->generation = generation;
    engines_[i]->engine->apply(std::move(prepared.parts[i]), now);
  }
}

void ProbingThreads::restore(RestoredState state, Instant now) {
  if (alone()) return engines_.front()->engine->restore(std::move(state), now);
  std::vector<RestoredState> parts(engines_.size());
  for (RestoredState& part : parts) part.name_key = state.name_key;
  const auto part_of = [&](const std::string& network) {
    const auto seat = seating_.find(network);
    return seat == seating_.end() ? nullptr : &parts[seat->second];
  };
  for (RestoredModule& module : state.modules) {
    if (RestoredState* const part = part_of(module.network)) part->modules.push_back(std::move(module));
  }
  for (RestoredEvent& event : state.events) {
    if (RestoredState* const part = part_of(event.open.network)) part->events.push_back(std::move(event));
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].modules.empty() && parts[i].events.empty()) continue;
    engines_[i]->engine->restore(std::move(parts[i]), now);
  }
}

void ProbingThreads::switch_to(Prepared prepared, std::function<void()> switched) {
  struct Switch {
    std::vector<PreparedConfigPtr> parts;
    std::atomic<std::size_t> left;
    std::function<void()> switched;
  };
  const std::uint64_t generation = begin_generation(prepared);
  // A task has to be copyable; what it switches to is not.
  const auto under_way = std::make_shared<Switch>();
  under_way->parts = std::move(prepared.parts);
  under_way->left = engines_.size();
  under_way->switched = std::move(switched);
  for (std::size_t i = 0; i < engines_.size(); ++i) {
    Driven& driven = *engines_[i];
    driven.thread->post(
        [under_way, i, generation, &driven](Engine& engine, Instant now) {
          driven.generation = generation;
          engine.apply(std::move(under_way->parts[i]), now);
        },
        [under_way] {
          if (--under_way->left == 0) under_way->switched();
        });
  }
}

void ProbingThreads::start() {
  for (const auto& driven : engines_) driven->thread->start();
}

void ProbingThreads::stop() {
  for (const auto& driven : engines_) driven->thread->stop();
}

void ProbingThreads::on_own_fault(Instant from, Instant to) {
  // The first tells the others.
  engines_.front()->thread->ask([from, to](Engine& engine, Instant) { engine.on_own_fault(from, to); });
}

void ProbingThreads::ask(const std::string& network, Question question) {
  std::size_t thread = 0;
  if (!alone()) {
    const std::lock_guard lock(mutex_);
    const auto seat = seating_.find(network);
    if (seat != seating_.end()) thread = seat->second;
  }
  ask(thread, std::move(question));
}

void ProbingThreads::ask(std::size_t thread, Question question) {
  engines_[thread]->thread->ask([question = std::move(question)](Engine& engine, Instant) { question(engine); });
}

std::vector<const Engine*> ProbingThreads::engines() const {
  std::vector<const Engine*> engines;
  for (const auto& driven : engines_) engines.push_back(driven->engine.get());
  return engines;
}

SnapshotPtr ProbingThreads::snapshot() { return alone() ? engines_.front()->thread->snapshot() : merge_.latest(); }

Heartbeat ProbingThreads::heartbeat() const {
  Heartbeat worst = engines_.front()->thread->heartbeat();
  for (const auto& driven : engines_) {
    const Heartbeat one = driven->thread->heartbeat();
    worst.stepped = std::min(worst.stepped, one.stepped);
    worst.promised = std::min(worst.promised, one.promised);
    worst.late = std::max(worst.late, one.late);
  }
  return worst;
}

}  // namespace blipd
