// The verdict on our own vantage: reached here, or taken from the engine that reaches it for all.
#include <memory>
#include <optional>
#include <vector>

#include "daemon/engine/probing_engine.h"

namespace blipd {

std::vector<EngineSeat> engine_seats(std::size_t engines) {
  const auto exchange = engines > 1 ? std::make_shared<VantageExchange>(engines) : nullptr;
  std::vector<EngineSeat> seats;
  for (std::size_t i = 0; i < engines; ++i) seats.push_back({exchange, i, engines});
  return seats;
}

void ProbingEngine::judge_vantage(Instant now) {
  if (follows()) {
    follow_verdict();
  } else {
    reach_verdict(now);
  }
  if (vantage_.ok() == vantage_was_ok_ && vantage_.since() == vantage_since_) return;
  vantage_was_ok_ = vantage_.ok();
  vantage_since_ = vantage_.since();
  for (const auto& runtime : runtimes_) {
    if (runtime) runtime->detector.vantage_was_ill(ill_since_, now, now);
  }
  for (std::size_t i = 0; i < networks_.size(); ++i) look_at(i);
}

void ProbingEngine::reach_verdict(Instant now) {
  std::vector<VantageEvidence> others;
  if (seat_.exchange != nullptr) others = seat_.exchange->take();
  for (const VantageEvidence& other : others) {
    for (const VantageEvidence::Sends& sends : other.sends) vantage_.on_sends(sends.second, sends.tried, sends.refused);
    for (const VantageEvidence::Fault& fault : other.faults) vantage_.on_own_fault(fault.from, fault.to);
    if (other.curious) ask_references(now);
  }
  if (without_references_) {
    SilenceTally silence = common_silence_.tally();
    for (const VantageEvidence& other : others) silence.add(other.silence);
    if (const std::optional<Instant> since = silence.silent_since()) vantage_.on_common_silence(*since, now);
    vantage_.on_life(silence.life(now));
  }
  vantage_.judge(now);
  events_.on_vantage(vantage_.ok(), vantage_.turned(), vantage_.settled(), now);
  // At the beginning `since` is when it fell ill; at the end, when it was well again.
  if (!vantage_.ok() && vantage_was_ok_) ill_since_ = vantage_.since();
  // While nothing is timed out it is not known yet which references were silent.
  if (now >= patient_until_) verdict_judged_ = now;
  if (seat_.exchange != nullptr) seat_.exchange->publish({vantage_, verdict_judged_, ill_since_});
}

void ProbingEngine::follow_verdict() {
  const std::shared_ptr<const VantageVerdict> verdict = seat_.exchange->verdict();
  if (verdict == nullptr) return;
  vantage_ = verdict->vantage;
  ill_since_ = verdict->ill_since;
  verdict_judged_ = verdict->judged;
}

void ProbingEngine::on_own_fault(Instant from, Instant to) {
  vantage_.on_own_fault(from, to);
  if (follows()) evidence_.add_fault(from, to);
}

void ProbingEngine::tell_evidence() {
  if (without_references_) evidence_.silence = common_silence_.tally();
  seat_.exchange->tell(seat_.index, evidence_);
  evidence_.clear();
}

void ProbingEngine::ask_references(Instant now) {
  for (Reference& reference : references_) {
    if (reference.due - now < config_->vantage.references.interval / 2) reference.due = now;
  }
}

}  // namespace blipd
