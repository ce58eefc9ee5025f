#include "daemon/engine/probing_engine.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "daemon/detect/host_memory.h"

namespace blipd {
namespace {

/// Probes handed to one send at most; the prober cuts them into system calls.
constexpr std::size_t kBatch = 256;
/// Probes taken from the schedule in one step at most: after a stall replies are read in between.
constexpr std::size_t kMostPerStep = 1024;
constexpr Duration kJudgementInterval = std::chrono::milliseconds(250);
/// Timeouts are looked at this often at most; nobody waits for them more finely.
constexpr Duration kExpiryQuantum = std::chrono::milliseconds(20);
/// The two clocks that tell of it are read one after the other.
constexpr Duration kLeastSuspension = std::chrono::milliseconds(100);
/// A step that begins later than that was held up; a thread that is busy may be as late as the shorter ones.
constexpr Duration kLeastStandstill = std::chrono::milliseconds(100);
constexpr Duration kHeldUp = std::chrono::seconds(2);
constexpr Duration kPatience = std::chrono::seconds(1);
/// Quotes too short to carry a signature cost a search; a flood of them must not cost the probing.
constexpr unsigned kMostSearchesPerSecond = 100;

Instant round_up(Instant t, Duration quantum) {
  return Instant((t.time_since_epoch() + quantum - Duration(1)) / quantum * quantum);
}

}  // namespace

std::unique_ptr<Engine> Engine::create(EnginePorts ports, std::uint64_t seed, const EngineSeat& seat) {
  return std::make_unique<ProbingEngine>(std::move(ports), seed, seat);
}

ProbingEngine::ProbingEngine(EnginePorts ports, std::uint64_t seed, const EngineSeat& seat)
    : ports_(std::move(ports)),
      seat_(seat),
      store_(vantage_, *this),
      schedule_(seed),
      events_(
          [this](const Event& event) {
            if (ports_.on_event) ports_.on_event(event);
          },
          seat.index + 1, seat.engines) {}

Result<PreparedConfigPtr> ProbingEngine::prepare(std::shared_ptr<const Config> config, Instant now) {
  const EngineShare share = whole_share(*config);
  return prepare_config(catalog_, ports_, std::move(config), share, Preparation::whole, now);
}

Result<PreparedConfigPtr> ProbingEngine::prepare_share(std::shared_ptr<const Config> config, EngineShare share,
                                                       Instant now) {
  const Preparation preparation = follows() ? Preparation::following : Preparation::first;
  return prepare_config(catalog_, ports_, std::move(config), share, preparation, now);
}

Instant ProbingEngine::step(Instant now) {
  if (!started_) return now + std::chrono::seconds(1);
  answers_ = 0;
  notice_standstill(now);
  notice_suspension(now);
  // After a stop the threads beside this one have to catch up, and may know better what became of an exchange.
  // Not each time on a machine that is always late, or nothing would ever be booked.
  if (now - last_step_ > kHeldUp && now > patient_until_ + kHeldUp) patient_until_ = now + kPatience;
  last_step_ = now;
  send_references(now);
  send_due(now);
  const bool more = receive();
  // Whatever was stamped before `now` has been read by now, so silence up to `now` is silence.
  if (!more && now >= patient_until_) store_.expire(now);
  if (now >= next_judgement_) judge(now);
  promised_ = more ? now : wake_time(now);
  return promised_;
}

Duration ProbingEngine::rest() const {
  // More than what is sent: repeated, late or stray answers. A queue of the kernel's default size holds 270 of them.
  constexpr std::size_t kMany = 130;
  return answers_ >= kMany ? std::chrono::milliseconds(1) : quantum_;
}

/// It may have begun while the thread was asleep, or in the middle of the step before.
void ProbingEngine::notice_standstill(Instant now) {
  if (promised_ < now && now - promised_ >= kLeastStandstill) store_.on_standstill(last_step_, now);
}

/// Answers to what was in flight when the machine fell asleep came to a network card without power.
void ProbingEngine::notice_suspension(Instant now) {
  if (!ports_.suspended) return;
  const Duration total = ports_.suspended();
  if (!suspended_before_) suspended_before_ = total;
  if (total - *suspended_before_ - suspended_ >= kLeastSuspension) {
    suspended_ = total - *suspended_before_;
    on_own_fault(last_step_, now);
  }
}

void ProbingEngine::send_references(Instant now) {
  if (references_.empty()) return;
  const Duration interval = config_->vantage.references.interval;
  for (std::size_t i = 0; i < references_.size(); ++i) {
    Reference& reference = references_[i];
    if (reference.due > now) continue;
    const auto place = first_reference_ + static_cast<std::uint32_t>(i);
    enqueue(reference_batch_, {kReferenceBlock, place}, reference.address, {}, reference.due);
    reference.due += ((now - reference.due) / interval + 1) * interval;
  }
  flush(reference_batch_, now);
}

void ProbingEngine::send_due(Instant now) {
  due_.clear();
  missed_.clear();
  schedule_.take(now, kMostPerStep, due_, missed_);
  for (const MissedProbes& missed : missed_) store_.find_block(missed.block)->count_missed(missed.count);
  fetch_due();
  for (const DueProbe& probe : due_) {
    const BlockRuntime& runtime = *runtimes_[probe.block];
    const std::uint32_t place = runtime.places.empty() ? probe.ordinal : runtime.places[probe.ordinal];
    const Block& block = *store_.find_block(probe.block);
    Batch& batch = batches_[runtime.batch];
    const std::string_view host = runtime.hosts.names ? std::string_view((*runtime.hosts.names)[probe.ordinal]) : "";
    enqueue(batch, {probe.block, place}, block.targets()[place].address, host, probe.due);
    if (batch.requests.size() == kBatch) flush(batch, now);
  }
  for (Batch& batch : batches_) flush(batch, now);
}

void ProbingEngine::fetch_due() const {
  for (const DueProbe& probe : due_) {
    fetch(runtimes_[probe.block].get(), kCacheLine * 2);
    store_.find_block(probe.block)->fetch_counters();
  }
  for (const DueProbe& probe : due_) {
    const BlockRuntime& runtime = *runtimes_[probe.block];
    const std::uint32_t place = runtime.places.empty() ? probe.ordinal : runtime.places[probe.ordinal];
    store_.find_block(probe.block)->fetch_target(place);
  }
}

void ProbingEngine::enqueue(Batch& batch, TargetNumber number, const Address& to, std::string_view host, Instant due) {
  const Flight* flight = store_.start(*batch.lane, number, batch.purpose);
  if (flight == nullptr) {
    // Eight million probes of one timeout are on their way: what does not fit is not sent.
    if (batch.purpose == Purpose::background) store_.find_block(number.block)->count_missed(1);
    return;
  }
  batch.requests.push_back({to, number, flight->slot, batch.module.timeout, host});
  batch.due.push_back(due);
}

void ProbingEngine::flush(Batch& batch, Instant now) {
  if (batch.requests.empty()) return;
  batch.results.assign(batch.requests.size(), {now, 0});
  batch.module.prober->send(*batch.module.options, batch.requests, batch.results);
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < batch.requests.size(); ++i) {
    const SendResult& result = batch.results[i];
    const ProbeRequest& request = batch.requests[i];
    const Block* const block = store_.find_block(request.number.block);
    const Duration soft = block == nullptr ? Duration{} : soft_deadline(block->targets()[request.number.place]);
    store_.finish_send(*batch.lane->find(request.slot), result, soft);
    if (result.error != 0) {
      refused += cause_of_refusal(result.error) == VoidCause::send ? 1U : 0U;
      continue;
    }
    sending_ = true;
    const Duration lag = std::max(result.at - batch.due[i], Duration::zero());
    std::size_t bucket = 0;
    while (bucket < kLagBuckets && to_seconds(lag) > lag_bucket_bound(bucket)) ++bucket;
    if (bucket < kLagBuckets) ++lag_.buckets[bucket];
    ++lag_.count;
    lag_.sum += lag;
  }
  if (follows()) {
    evidence_.add_sends(now, batch.requests.size(), refused);
  } else {
    vantage_.on_sends(now, batch.requests.size(), refused);
  }
  batch.requests.clear();
  batch.due.clear();
}

bool ProbingEngine::receive() {
  bool more = false;
  for (const ActiveProber& active : probers_) more |= active.prober->receive(*this);
  return more;
}

void ProbingEngine::on_answers(std::span<const Answer> answers) {
  answers_ += answers.size();
  store_.fetch_flights(answers);
  store_.for_each_answered(answers, [&](const Block& block, const Flight& flight) {
    block.fetch_counters();
    if (!runtimes_[block.id()]) return;
    runtimes_[block.id()]->detector.fetch(flight.sent);
    if (without_references_) common_silence_.fetch(runtimes_[block.id()]->network);
  });
  store_.for_each_answered(answers, [&](const Block& block, const Flight& flight) {
    block.fetch_target(flight.number.place);
    if (runtimes_[block.id()]) runtimes_[block.id()]->detector.fetch_slot();
  });
  for (const Answer& answer : answers) {
    if (answer.kind == AnswerKind::short_quote) {
      resolve_short_quote(answer);
    } else {
      store_.on_answer(answer, answer.kind == AnswerKind::icmp_error && ports_.is_local_fault(answer));
    }
  }
}

void ProbingEngine::resolve_short_quote(const Answer& answer) {
  const Instant second = std::chrono::floor<std::chrono::seconds>(answer.received);
  if (second != quotes_second_) quotes_searched_ = 0;
  quotes_second_ = second;
  Answer found = answer;
  if (++quotes_searched_ <= kMostSearchesPerSecond) {
    store_.for_each_open([&](const Flight& flight) {
      const bool waiting = flight.state == FlightState::in_flight || flight.state == FlightState::suspect;
      const Address* to = waiting ? store_.address_of(flight.number) : nullptr;
      if (to == nullptr || *to != answer.to) return;
      for (const ActiveProber& active : probers_) {
        if (!active.prober->quotes(answer, {*to, flight.number, flight.slot})) continue;
        // Sixteen bits may fit an older probe by chance: the newest that fits is kept.
        found.kind = AnswerKind::icmp_error;
        found.number = flight.number;
        found.slot = flight.slot;
      }
    });
  }
  store_.on_answer(found, found.kind == AnswerKind::icmp_error && ports_.is_local_fault(found));
}

void ProbingEngine::judge(Instant now) {
  next_judgement_ = now + kJudgementInterval;
  check_drops(now);
  judge_vantage(now);
  if (now >= patient_until_) store_.book(judged_until(now));
  judge_states(now);
  if (follows()) tell_evidence();
  std::erase_if(probers_, [&](const ActiveProber& active) {
    if (!active.retired_at || now - *active.retired_at <= std::chrono::minutes(6)) return false;
    closed_ += active.prober->faults();
    return true;
  });
}

void ProbingEngine::check_drops(Instant now) {
  for (ActiveProber& active : probers_) {
    const std::uint64_t drops = active.prober->faults().receive_drops;
    if (drops != active.drops) store_.on_receive_drops(drops_checked_, now);
    active.drops = drops;
  }
  drops_checked_ = now;
}

Instant ProbingEngine::wake_time(Instant now) {
  Instant wake = now + std::chrono::seconds(1);
  const auto at = [&](Instant t) { wake = std::min(wake, std::max(t, now + std::chrono::milliseconds(1))); };
  if (const std::optional<Instant> next = schedule_.next(now)) at(round_up(*next, quantum_));
  for (const Reference& reference : references_) at(reference.due);
  if (const std::optional<Instant> expiry = store_.next_expiry()) {
    at(std::max(round_up(*expiry, kExpiryQuantum) + Duration(1), patient_until_));
  }
  if (store_.anything_open() || seat_.exchange != nullptr) at(next_judgement_);
  return wake;
}

std::vector<int> ProbingEngine::descriptors() const {
  std::vector<int> descriptors;
  for (const ActiveProber& active : probers_) {
    for (const int descriptor : active.prober->descriptors()) descriptors.push_back(descriptor);
  }
  return descriptors;
}

}  // namespace blipd
