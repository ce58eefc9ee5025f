#include "daemon/simulate/simulated_prober.h"

#include <algorithm>

#include "probes/tcp_syn_prober.h"

namespace blipd {
namespace {

bool later(const Answer& a, const Answer& b) { return a.received > b.received; }

/// A reset is a reply unless the module asks for an open port.
bool requires_open(const ModuleOptions& options) {
  const auto* tcp = dynamic_cast<const TcpSynOptions*>(&options);
  return tcp != nullptr && tcp->require_open;
}

}  // namespace

void SimulatedProber::send(const ModuleOptions& options, std::span<const ProbeRequest> requests,
                           std::span<SendResult> results) {
  const bool open_only = requires_open(options);
  const Instant now = link_.now_;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const ProbeRequest& request = requests[i];
    results[i] = {now, 0};
    link_.count(request.to);
    const Fate fate = link_.world_.send(request.to, protocol_, now - link_.begin_, request.slot);
    if (fate.kind == FateKind::lost) continue;
    Answer answer;
    answer.kind = fate.kind == FateKind::icmp_error ? AnswerKind::icmp_error : AnswerKind::reply;
    if (fate.kind == FateKind::refused && open_only) {
      answer.kind = AnswerKind::failure;
      answer.reason = FailureReason::refused;
    }
    answer.icmp = fate.error;
    answer.hop_limit = fate.hop_limit;
    answer.slot = request.slot;
    answer.number = request.number;
    answer.from = fate.from;
    answer.to = request.to;
    answer.received = now + fate.after;
    waiting_.push_back(answer);
    std::push_heap(waiting_.begin(), waiting_.end(), later);
  }
  if (!waiting_.empty()) *next_ = waiting_.front().received;
}

bool SimulatedProber::receive(AnswerSink& sink) {
  due_.clear();
  while (!waiting_.empty() && waiting_.front().received <= link_.now_) {
    std::pop_heap(waiting_.begin(), waiting_.end(), later);
    due_.push_back(waiting_.back());
    waiting_.pop_back();
  }
  *next_ = waiting_.empty() ? std::nullopt : std::optional(waiting_.front().received);
  if (!due_.empty()) sink.on_answers(due_);
  return false;
}

bool SimulatedProber::quotes(const Answer& /*short_quote*/, const ProbeRequest& /*request*/) const { return false; }

}  // namespace blipd
