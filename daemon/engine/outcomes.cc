// What the store tells, handed to those who decide.
#include <algorithm>

#include "daemon/engine/probing_engine.h"
#include "daemon/schedule/plan.h"

namespace blipd {
namespace {

/// Whether a host of the block lives in the same /24 (IPv6: /48) as the one that speaks.
bool is_neighbour(const BlockHosts& hosts, const Address& speaker) {
  if (!hosts.addresses) return false;
  const Prefix prefix = limit_prefix(speaker);
  const auto next = std::lower_bound(hosts.addresses->begin(), hosts.addresses->end(), prefix.first());
  return next != hosts.addresses->end() && prefix.contains(*next);
}

}  // namespace

void ProbingEngine::on_booked(Block& block, const ProbeNews& probe, bool reply, unsigned failure_run) {
  BlockRuntime& runtime = *runtimes_[block.id()];
  runtime.detector.on_booked(block.targets()[probe.place], probe.place, probe.sent, reply, failure_run);
}

void ProbingEngine::on_void(Block& block, const ProbeNews& probe) {
  if (runtimes_[block.id()]) runtimes_[block.id()]->detector.on_void(probe.sent);
}

void ProbingEngine::fetch_for_booking(const Block& block) {
  if (runtimes_[block.id()]) runtimes_[block.id()]->detector.fetch_books();
}

void ProbingEngine::on_suspect(Block& block, const ProbeNews& probe) {
  if (!runtimes_[block.id()]) return;
  BlockRuntime& runtime = *runtimes_[block.id()];
  if (without_references_) common_silence_.on_suspect(runtime.network, probe.sent);
  // What our own queue dropped, or our own ill side lost, says nothing.
  if (vantage_.ill_during(probe.sent, probe.sent)) return;
  if (store_.dropped_during(probe.sent, probe.sent + batches_[runtime.batch].module.timeout)) return;
  // Nor does silence over a standstill of ours.
  if (store_.held_up(block.targets()[probe.place], probe.sent, batches_[runtime.batch].module.timeout)) return;
  runtime.detector.on_suspect(block.targets()[probe.place], probe.place, probe.sent);
  look_at(runtime.network);
}

void ProbingEngine::on_reply(Block& block, const ProbeNews& probe, Duration round_trip, std::uint8_t hop_limit,
                             bool was_suspect) {
  if (!runtimes_[block.id()]) return;
  BlockRuntime& runtime = *runtimes_[block.id()];
  if (without_references_) common_silence_.on_reply(runtime.network, probe.sent);
  runtime.detector.on_reply(block.targets()[probe.place], probe.place, probe.sent, round_trip, hop_limit, was_suspect);
  if (was_suspect) look_at(runtime.network);
}

void ProbingEngine::on_late(Block& block, const ProbeNews& probe) {
  if (!runtimes_[block.id()]) return;
  BlockRuntime& runtime = *runtimes_[block.id()];
  if (batches_[runtime.batch].module.type->answers_are_repeated) return;
  runtime.detector.on_late(block.targets()[probe.place], probe.sent);
  look_at(runtime.network);
}

void ProbingEngine::on_withdrawn(Block& block, const ProbeNews& probe) {
  if (!runtimes_[block.id()]) return;
  BlockRuntime& runtime = *runtimes_[block.id()];
  runtime.detector.on_withdrawn(block.targets()[probe.place], probe.sent);
  look_at(runtime.network);
}

void ProbingEngine::on_error(Block& block, const ProbeNews& probe, const IcmpErrorCode& icmp,
                             const Address& responder) {
  if (!runtimes_[block.id()]) return;
  BlockRuntime& runtime = *runtimes_[block.id()];
  const bool inside = is_neighbour(runtime.hosts, responder);
  runtime.detector.on_error(probe.sent, icmp, responder, kind_of(icmp, responder.is_v4(), inside));
}

void ProbingEngine::on_reference(std::uint32_t place, Instant sent, bool reply, Duration round_trip) {
  if (place < first_reference_) return;  // a reference of an earlier configuration
  vantage_.on_reference(place - first_reference_, sent, reply, round_trip);
}

}  // namespace blipd
